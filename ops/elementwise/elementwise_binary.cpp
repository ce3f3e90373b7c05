#include "ops/elementwise/elementwise_binary.h"

#include <optional>

#include "ops/detail/curves.h"
#include "ops/elements.h"
#include "ops/elementwise/detail/binary_functions.h"

namespace corecast::op {

namespace {

template <class Op>
Result<Types> infer_binary(const Op& op, InferContext& c, std::optional<DType> dtype) {
  auto shape = ir::broadcast(c.shape(op.x), c.shape(op.y));
  if (!shape) {
    return infer_error("x ", ir::to_string(c.shape(op.x)), " and y ", ir::to_string(c.shape(op.y)),
                       " do not broadcast");
  }
  return Types{Type(dtype.value_or(c.dtype(op.x)), std::move(*shape))};
}
template <class Op>
Result<Types> infer_arithmetic(const Op& op, InferContext& c) {
  return infer_binary(op, c, std::nullopt);
}
template <class Op>
Result<Types> infer_predicate(const Op& op, InferContext& c) {
  return infer_binary(op, c, DType::boolean);
}
Result<Types> infer_shift(const BitShift& op, InferContext& c) {
  if (op.direction != "LEFT" && op.direction != "RIGHT") {
    return infer_error("direction ", quote(op.direction), " is neither \"LEFT\" nor \"RIGHT\"");
  }
  return infer_binary(op, c, std::nullopt);
}

/// F on doubles or on each integer type; an optional result that is empty means "no such number".
template <auto F>
Result<Tensors> arithmetic(const Tensor& x, const Tensor& y, EvalContext& c,
                           std::string_view problem) {
  Tensor out = c.output();
  bool failed = false;
  if (ir::is_integer(x.dtype())) {
    with_int(x.dtype(), [&](auto t) {
      using T = decltype(t);
      const auto a = x.data<T>(), b = y.data<T>();
      auto to = out.mutable_data<T>();
      for_each_broadcast(out.dims(), x.dims(), y.dims(),
                         [&](std::int64_t i, std::int64_t j, std::int64_t k) {
                           const std::optional<T> v =
                               F(a[static_cast<std::size_t>(j)], b[static_cast<std::size_t>(k)]);
                           if (v)
                             to[static_cast<std::size_t>(i)] = *v;
                           else
                             failed = true;
                         });
    });
  } else {
    for_each_broadcast(
        out.dims(), x.dims(), y.dims(), [&](std::int64_t i, std::int64_t j, std::int64_t k) {
          out.set(i, std::optional<double>(F(x.at(j), y.at(k))).value_or(std::nan("")));
        });
  }
  if (failed) return eval_error(problem);
  return Tensors{std::move(out)};
}

template <class Op, auto F>
Result<Tensors> eval_arithmetic(const Op& op, EvalContext& c) {
  return arithmetic<F>(c.tensor(op.x), c.tensor(op.y), c,
                       Op::kind == OpKind::Pow ? "y holds a negative exponent of an integer"
                                               : "y holds an integer zero");
}

/// Compares in the integer type, else as doubles.
template <class Op, auto F>
Result<Tensors> eval_predicate(const Op& op, EvalContext& c) {
  const Tensor &x = c.tensor(op.x), &y = c.tensor(op.y);
  Tensor out = c.output();
  auto to = out.mutable_data<bool>();
  if (ir::is_integer(x.dtype())) {
    with_int(x.dtype(), [&](auto t) {
      using T = decltype(t);
      const auto a = x.data<T>(), b = y.data<T>();
      for_each_broadcast(out.dims(), x.dims(), y.dims(),
                         [&](std::int64_t i, std::int64_t j, std::int64_t k) {
                           to[static_cast<std::size_t>(i)] =
                               F(a[static_cast<std::size_t>(j)], b[static_cast<std::size_t>(k)]);
                         });
    });
  } else {
    for_each_broadcast(out.dims(), x.dims(), y.dims(),
                       [&](std::int64_t i, std::int64_t j, std::int64_t k) {
                         to[static_cast<std::size_t>(i)] = F(x.at(j), y.at(k));
                       });
  }
  return Tensors{std::move(out)};
}

Result<Tensors> eval_shift(const BitShift& op, EvalContext& c) {
  const Tensor &x = c.tensor(op.x), &y = c.tensor(op.y);
  return op.direction == "LEFT" ? arithmetic<shifted<true>>(x, y, c, {})
                                : arithmetic<shifted<false>>(x, y, c, {});
}

// --- symbolic values -------------------------------------------------------------------------

using MaybeDim = std::optional<Dim>;

bool is_whole_or_integer(DType d) { return !ir::is_floating(d); }
bool not_negative(const Dim& d) { return d.lower_bound().value_or(-1) >= 0; }
bool positive(const Dim& d) { return d.lower_bound().value_or(0) > 0; }
bool zero(const Dim& d) { return d == Dim(0); }

MaybeDim dim_floor_div(const Dim& a, const Dim& b) {
  return zero(b) ? MaybeDim() : floor_div(a, b);
}
MaybeDim dim_mod(const Dim& a, const Dim& b) { return zero(b) ? MaybeDim() : mod(a, b); }
/// Truncation is floor where both are known not to be negative.
MaybeDim dim_divide(const Dim& a, const Dim& b) {
  if (zero(b)) return std::nullopt;
  if (a.is_constant() && b.is_constant() && b.value() != -1) return Dim(a.value() / b.value());
  if (not_negative(a) && positive(b)) return floor_div(a, b);
  return ir::exact_div(a, b);
}
MaybeDim dim_divide_exactly(const Dim& a, const Dim& b) {
  return zero(b) ? MaybeDim() : ir::exact_div(a, b);
}
MaybeDim dim_remainder(const Dim& a, const Dim& b) {
  if (!not_negative(a) || !positive(b)) return std::nullopt;
  return mod(a, b);
}
MaybeDim dim_power(const Dim& a, const Dim& b) {
  if (!b.is_constant() || b.value() < 0 || b.value() > 4) return std::nullopt;
  Dim out = 1;
  for (std::int64_t i = 0; i < b.value(); ++i) out = out * a;
  return out;
}

/// Decided when the sign of a - b is the same for every value of the symbols.
MaybeDim dim_less(const Dim& a, const Dim& b) {
  const Dim difference = a - b;
  if (difference.upper_bound().value_or(0) < 0) return Dim(1);
  if (difference.lower_bound().value_or(-1) >= 0) return Dim(0);
  return std::nullopt;
}
MaybeDim negation(const MaybeDim& d) { return d ? MaybeDim(zero(*d) ? 1 : 0) : d; }
MaybeDim dim_equal(const Dim& a, const Dim& b) {
  const Dim difference = a - b;
  if (difference.is_constant()) return Dim(difference.value() == 0 ? 1 : 0);
  if (difference.upper_bound().value_or(0) < 0 || positive(difference)) return Dim(0);
  return std::nullopt;
}
MaybeDim truth(const Dim& a, const Dim& b, bool (*f)(bool, bool)) {
  if (!a.is_constant() || !b.is_constant()) return std::nullopt;
  return Dim(f(a.value() != 0, b.value() != 0) ? 1 : 0);
}

MaybeDim dim_add(const Dim& a, const Dim& b) { return a + b; }
MaybeDim dim_sub(const Dim& a, const Dim& b) { return a - b; }
MaybeDim dim_mul(const Dim& a, const Dim& b) { return a * b; }
MaybeDim dim_max(const Dim& a, const Dim& b) { return max(a, b); }
MaybeDim dim_min(const Dim& a, const Dim& b) { return min(a, b); }
MaybeDim dim_not_equal(const Dim& a, const Dim& b) { return negation(dim_equal(a, b)); }
MaybeDim dim_greater(const Dim& a, const Dim& b) { return dim_less(b, a); }
MaybeDim dim_less_equal(const Dim& a, const Dim& b) { return negation(dim_less(b, a)); }
MaybeDim dim_greater_equal(const Dim& a, const Dim& b) { return negation(dim_less(a, b)); }
MaybeDim dim_and(const Dim& a, const Dim& b) {
  return truth(a, b, [](bool p, bool q) { return p && q; });
}
MaybeDim dim_or(const Dim& a, const Dim& b) {
  return truth(a, b, [](bool p, bool q) { return p || q; });
}
MaybeDim dim_xor(const Dim& a, const Dim& b) {
  return truth(a, b, [](bool p, bool q) { return p != q; });
}

template <class Op, auto F>
std::optional<Dims> known_op(const Op& op, const InferContext& c) {
  return known_pairs(op.x, op.y, c, F);
}
std::optional<Dims> known_real_div(const RealDiv& op, const InferContext& c) {
  return known_pairs(op.x, op.y, c,
                     is_whole_or_integer(c.dtype(op.x)) ? dim_divide : dim_divide_exactly);
}

// --- rows ------------------------------------------------------------------------------------

template <class Op>
using Known = std::optional<Dims> (*)(const Op&, const InferContext&);

constexpr OpTraits kWithin = traits::pointwise(Overflow::never);
constexpr OpTraits kBeyond = traits::pointwise(Overflow::both);
constexpr OpTraits kFactors = kBeyond.scaling();
constexpr OpTraits kExtreme =
    kWithin.moving(Moves::picks).commuting().saturating(Saturates::as_limit);
constexpr OpTraits kOrder = kWithin.saturating(Saturates::as_limit);
constexpr OpTraits kCommuting = kWithin.commuting();

/// F(bounds of x, bounds of y).
template <class Op, auto F>
Interval both_bounds(const Op& op, const BoundsContext& c) {
  return F(c.of(op.x), c.of(op.y));
}
constexpr auto sum_of = [](const Interval& x, const Interval& y) { return x + y; };
constexpr auto difference_of = [](const Interval& x, const Interval& y) { return x - y; };
constexpr auto product_of = [](const Interval& x, const Interval& y) { return x * y; };
constexpr auto larger_of = [](const Interval& x, const Interval& y) { return max(x, y); };
constexpr auto smaller_of = [](const Interval& x, const Interval& y) { return min(x, y); };
constexpr auto quotient_of = [](const Interval& x, const Interval& y) {
  return quotient_bounds(x, y);
};
/// The quotient is rounded before its floor is taken.
constexpr auto floor_of_quotient = [](const Interval& x, const Interval& y) {
  const Interval q = quotient_bounds(x, y);
  return Interval{std::floor(q.lo), q.hi};
};
constexpr auto power_of = [](const Interval& x, const Interval& y) { return power_bounds(x, y); };

Interval bounds_of_mod(const Mod& op, const BoundsContext& c) {
  return modulo_bounds(c.of(op.x), c.of(op.y), ir::is_integer(c.dtype(op.x)));
}
/// Bits that both (either of) the operands may have, of numbers that are not negative.
Interval bounds_of_and(const BitwiseAnd& op, const BoundsContext& c) {
  const Interval x = c.of(op.x), y = c.of(op.y);
  if (x.lo < 0 && y.lo < 0) return {};
  return {0, std::min(x.lo < 0 ? y.hi : x.hi, y.lo < 0 ? x.hi : y.hi)};
}
template <class Op>
Interval bounds_of_or(const Op& op, const BoundsContext& c) {
  const Interval x = c.of(op.x), y = c.of(op.y);
  if (x.lo < 0 || y.lo < 0) return {};
  return {0, std::exp2(std::ceil(std::log2(std::max(x.hi, y.hi) + 1))) - 1};
}
Interval bounds_of_shift(const BitShift& op, const BoundsContext& c) {
  const Interval x = c.of(op.x), y = c.of(op.y);
  if (x.lo < 0 || y.lo < 0) return {};
  return {0, op.direction == "LEFT" ? x.hi * std::exp2(y.hi) : x.hi};
}

template <class Op, auto F>
OpSchema arithmetic_row(std::string_view name, std::string_view doc, OpTraits traits,
                        BoundsRow<Op> bounds, Known<Op> known, bool in_mil = true,
                        DTypeSet dtypes = kNumbers) {
  return make_schema<Op>({.name = name,
                          .doc = doc,
                          .mil = {in_mil ? name : std::string_view()},
                          .traits = traits,
                          .bounds = bounds,
                          .cost = cost::traffic,
                          .infer = infer_arithmetic<Op>,
                          .eval = eval_arithmetic<Op, F>,
                          .known = known},
                         operand<&Op::x>("x", dtypes, "First operand.").grouped('T'),
                         operand<&Op::y>("y", dtypes, "Second operand.").grouped('T'));
}

template <class Op, auto F>
OpSchema predicate_row(std::string_view name, std::string_view doc, OpTraits traits,
                       Known<Op> known, DTypeSet dtypes, DTypeSet in_mil = kAny) {
  return make_schema<Op>(
      {.name = name,
       .doc = doc,
       .mil = {name},
       .traits = traits,
       .bounds = bounds::within(0, 1),
       .cost = cost::traffic,
       .infer = infer_predicate<Op>,
       .eval = eval_predicate<Op, F>,
       .known = known},
      operand<&Op::x>("x", dtypes, "First operand.").grouped('T').takes_in_mil(in_mil),
      operand<&Op::y>("y", dtypes, "Second operand.").grouped('T').takes_in_mil(in_mil));
}

}  // namespace

OpSchema add_schema() {
  return arithmetic_row<Add, plus>(
      "add", "x + y; integers wrap around.",
      kBeyond.commuting().saturating(Saturates::as_addend).looked_through(Walk::sign),
      both_bounds<Add, sum_of>, known_op<Add, dim_add>);
}
OpSchema sub_schema() {
  return arithmetic_row<Sub, minus>("sub", "x - y; integers wrap around.", kBeyond,
                                    both_bounds<Sub, difference_of>, known_op<Sub, dim_sub>);
}
OpSchema mul_schema() {
  return arithmetic_row<Mul, times>(
      "mul", "x * y; integers wrap around.",
      kFactors.commuting().saturating(Saturates::as_factor).looked_through(Walk::sign),
      both_bounds<Mul, product_of>, known_op<Mul, dim_mul>);
}
OpSchema maximum_schema() {
  return arithmetic_row<Maximum, larger>("maximum", "The larger of x and y; NaN wins.", kExtreme,
                                         both_bounds<Maximum, larger_of>,
                                         known_op<Maximum, dim_max>);
}
OpSchema minimum_schema() {
  return arithmetic_row<Minimum, smaller>("minimum", "The smaller of x and y; NaN wins.", kExtreme,
                                          both_bounds<Minimum, smaller_of>,
                                          known_op<Minimum, dim_min>);
}
OpSchema real_div_schema() {
  return arithmetic_row<RealDiv, divide>("real_div", "x / y; integer quotients truncate toward 0.",
                                         kFactors, both_bounds<RealDiv, quotient_of>,
                                         known_real_div);
}
OpSchema floor_div_schema() {
  return arithmetic_row<FloorDiv, divide_floor>("floor_div", "floor(x / y).", kBeyond,
                                                both_bounds<FloorDiv, floor_of_quotient>,
                                                known_op<FloorDiv, dim_floor_div>);
}
OpSchema mod_schema() {
  return arithmetic_row<Mod, modulo_floor>("mod", "x - y * floor(x / y): has the sign of y.",
                                           kWithin, bounds_of_mod, known_op<Mod, dim_mod>);
}
OpSchema pow_schema() {
  return arithmetic_row<Pow, power>("pow", "x to the power of y; integers need y >= 0.", kFactors,
                                    both_bounds<Pow, power_of>, known_op<Pow, dim_power>);
}
OpSchema remainder_trunc_schema() {
  return arithmetic_row<RemainderTrunc, remainder_trunc>(
      "remainder_trunc", "x - y * trunc(x / y): has the sign of x.", kWithin,
      bounds::of_or_zero(&RemainderTrunc::x), known_op<RemainderTrunc, dim_remainder>, false);
}

OpSchema bitwise_and_schema() {
  return arithmetic_row<BitwiseAnd, on_bits(std::bit_and<>())>(
      "bitwise_and", "x & y.", kCommuting, bounds_of_and, nullptr, false, kInts);
}
OpSchema bitwise_or_schema() {
  return arithmetic_row<BitwiseOr, on_bits(std::bit_or<>())>(
      "bitwise_or", "x | y.", kCommuting, bounds_of_or<BitwiseOr>, nullptr, false, kInts);
}
OpSchema bitwise_xor_schema() {
  return arithmetic_row<BitwiseXor, on_bits(std::bit_xor<>())>(
      "bitwise_xor", "x ^ y.", kCommuting, bounds_of_or<BitwiseXor>, nullptr, false, kInts);
}
OpSchema bit_shift_schema() {
  return make_schema<BitShift>({.name = "bit_shift",
                                .doc = "x shifted by y bits; bits that leave are lost.",
                                .traits = traits::pointwise(Overflow::integers),
                                .bounds = bounds_of_shift,
                                .cost = cost::traffic,
                                .infer = infer_shift,
                                .eval = eval_shift},
                               operand<&BitShift::x>("x", kInts, "Bits.").grouped('T'),
                               operand<&BitShift::y>("y", kInts, "Number of places.").grouped('T'),
                               attr<&BitShift::direction>("direction", "LEFT or RIGHT."));
}

OpSchema equal_schema() {
  return predicate_row<Equal, is_equal>("equal", "x == y; NaN equals nothing.", kCommuting,
                                        known_op<Equal, dim_equal>, kAny, kMilNumbers);
}
OpSchema not_equal_schema() {
  return predicate_row<NotEqual, is_not_equal>(
      "not_equal", "x != y.", kCommuting, known_op<NotEqual, dim_not_equal>, kAny, kMilNumbers);
}
OpSchema less_schema() {
  return predicate_row<Less, is_less>("less", "x < y.", kOrder, known_op<Less, dim_less>, kNumbers);
}
OpSchema less_equal_schema() {
  return predicate_row<LessEqual, is_less_equal>("less_equal", "x <= y.", kOrder,
                                                 known_op<LessEqual, dim_less_equal>, kNumbers);
}
OpSchema greater_schema() {
  return predicate_row<Greater, is_greater>("greater", "x > y.", kOrder,
                                            known_op<Greater, dim_greater>, kNumbers);
}
OpSchema greater_equal_schema() {
  return predicate_row<GreaterEqual, is_greater_equal>(
      "greater_equal", "x >= y.", kOrder, known_op<GreaterEqual, dim_greater_equal>, kNumbers);
}
OpSchema logical_and_schema() {
  return predicate_row<LogicalAnd, both>("logical_and", "x and y.", kCommuting,
                                         known_op<LogicalAnd, dim_and>, kBool);
}
OpSchema logical_or_schema() {
  return predicate_row<LogicalOr, either>("logical_or", "x or y, or both.", kCommuting,
                                          known_op<LogicalOr, dim_or>, kBool);
}
OpSchema logical_xor_schema() {
  return predicate_row<LogicalXor, one_only>("logical_xor", "x or y, not both.", kCommuting,
                                             known_op<LogicalXor, dim_xor>, kBool);
}

}  // namespace corecast::op
