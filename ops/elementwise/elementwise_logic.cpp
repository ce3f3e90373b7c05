// Functions of one tensor that ask or flip bits: logical_not, is_nan, is_inf, bitwise_not.
#include "ops/elements.h"
#include "ops/elementwise/elementwise_unary.h"

namespace corecast::op {

namespace {

constexpr OpTraits kBounded = traits::pointwise(Overflow::never);
constexpr OpTraits kWraps = traits::pointwise(Overflow::integers);

template <class Op>
Result<Types> infer_same(const Op& op, InferContext& c) {
  return Types{c.type(op.x)};
}
template <class Op>
Result<Types> infer_bool(const Op& op, InferContext& c) {
  return Types{c.type(op.x).with(DType::boolean)};
}

std::optional<Dims> known_not(const LogicalNot& op, const InferContext& c) {
  auto out = known_elements(op.x, c);
  if (!out) return std::nullopt;
  for (auto& d : *out) {
    if (!d.is_constant()) return std::nullopt;
    d = d.value() == 0 ? 1 : 0;
  }
  return out;
}

template <class Op, class F>
Tensors predicate(const Op& op, EvalContext& c, const F& f) {
  const Tensor& x = c.tensor(op.x);
  Tensor out = c.output();
  auto to = out.mutable_data<bool>();
  for (std::int64_t i = 0; i < x.count(); ++i) to[static_cast<std::size_t>(i)] = f(x.at(i));
  return {out};
}
Result<Tensors> eval_not(const LogicalNot& op, EvalContext& c) {
  return predicate(op, c, [](double v) { return v == 0; });
}
Result<Tensors> eval_is_nan(const IsNan& op, EvalContext& c) {
  return predicate(op, c, [](double v) { return std::isnan(v); });
}
Result<Tensors> eval_is_inf(const IsInf& op, EvalContext& c) {
  return predicate(op, c, [&](double v) {
    return std::isinf(v) && (v < 0 ? op.detect_negative : op.detect_positive);
  });
}
Result<Tensors> eval_bitwise_not(const BitwiseNot& op, EvalContext& c) {
  return Tensors{map_elements(c.tensor(op.x), c, [](auto v) {
    if constexpr (std::is_floating_point_v<decltype(v)>)
      return v;  // the schema admits integers only
    else
      return wrapped<decltype(v)>(~bits_of_int(v));
  })};
}

}  // namespace

OpSchema logical_not_schema() {
  return make_schema<LogicalNot>({.name = "logical_not",
                                  .doc = "True where x is false.",
                                  .mil = {"logical_not"},
                                  .traits = kBounded,
                                  .bounds = bounds::within(0, 1),
                                  .cost = cost::traffic,
                                  .infer = infer_same<LogicalNot>,
                                  .eval = eval_not,
                                  .known = known_not},
                                 operand<&LogicalNot::x>("x", kBool, "Input."));
}
OpSchema is_nan_schema() {
  return make_schema<IsNan>({.name = "is_nan",
                             .doc = "True where x is NaN.",
                             .traits = kBounded,
                             .bounds = bounds::within(0, 1),
                             .cost = cost::traffic,
                             .infer = infer_bool<IsNan>,
                             .eval = eval_is_nan},
                            operand<&IsNan::x>("x", kFloats, "Input."));
}
OpSchema is_inf_schema() {
  return make_schema<IsInf>({.name = "is_inf",
                             .doc = "True where x is infinite with a sign asked for.",
                             .traits = kBounded,
                             .bounds = bounds::within(0, 1),
                             .cost = cost::traffic,
                             .infer = infer_bool<IsInf>,
                             .eval = eval_is_inf},
                            operand<&IsInf::x>("x", kFloats, "Input."),
                            attr<&IsInf::detect_negative>("detect_negative", "Look for -inf."),
                            attr<&IsInf::detect_positive>("detect_positive", "Look for +inf."));
}
OpSchema bitwise_not_schema() {
  return make_schema<BitwiseNot>({.name = "bitwise_not",
                                  .doc = "Every bit flipped.",
                                  .traits = kWraps,
                                  .bounds = bounds::unknown,
                                  .cost = cost::traffic,
                                  .infer = infer_same<BitwiseNot>,
                                  .eval = eval_bitwise_not},
                                 operand<&BitwiseNot::x>("x", kInts, "Input."));
}

}  // namespace corecast::op
