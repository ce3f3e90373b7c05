#include "ops/reduction/topk.h"

#include "ops/detail/curves.h"
#include "ops/detail/sorting.h"

namespace corecast::op {

namespace {

constexpr DTypeSet kIndexTypes = DTypeSet::of(DType::i32, DType::i64, DType::u16);

Result<Types> infer(const Topk& op, InferContext& c) {
  TRY(const std::int64_t axis, normalize_axis(op.axis, c.rank(op.x)));
  if (!kIndexTypes.contains(op.output_indices_dtype)) {
    return infer_error("output_indices_dtype ", ir::name_of(op.output_indices_dtype), " is not ",
                       kIndexTypes.to_string());
  }
  Type values = c.type(op.x);
  Dim& size = values.shape[static_cast<std::size_t>(axis)];
  if (op.k < -1) return infer_error("k ", op.k, " is negative");
  if (size.is_constant() && op.k > size.value()) {
    return infer_error("k ", op.k, " exceeds the ", size.value(), " elements along axis ", op.axis);
  }
  if (op.k >= 0) size = op.k;
  if (!op.return_indices) return Types{values};
  return Types{values, values.with(op.output_indices_dtype)};
}

Result<Tensors> eval(const Topk& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  TRY(const std::int64_t axis, normalize_axis(op.axis, x.rank()));
  const AxisSplit from = split_at(x.dims(), axis);
  Tensor values = c.output();
  const AxisSplit to = split_at(values.dims(), axis);
  if (to.length > from.length)
    return eval_error("k ", op.k, " exceeds the ", from.length, " elements along the axis");
  Tensor indices = Tensor::empty(op.output_indices_dtype, values.dims());
  const auto size = static_cast<std::size_t>(ir::bits_of(x.dtype()) / 8);
  const auto* in = x.bytes().data();
  auto* out = static_cast<std::byte*>(values.mutable_bytes());
  for_each_sorted(x, from, op.ascending, [&](std::int64_t o, std::int64_t i, const auto& order) {
    for (std::int64_t k = 0; k < to.length; ++k) {
      const std::int64_t at = order[static_cast<std::size_t>(k)];
      copy_element(in, from.at(o, at, i), out, to.at(o, k, i), size);
      indices.set_int(to.at(o, k, i), at);
    }
  });
  if (!op.return_indices) return Tensors{std::move(values)};
  return Tensors{std::move(values), std::move(indices)};
}

}  // namespace

OpSchema topk_schema() {
  return make_schema<Topk>(
      {.name = "topk",
       .doc = "The k largest (smallest) elements along one axis, and their indices.",
       .mil = {"topk"},
       .traits = traits::choice(Walk::sign),
       .bounds =
           [](const Topk& op, const BoundsContext& c) {
             return c.result == 1 ? place_bounds(c, op.x, op.axis) : c.of(op.x);
           },
       .cost = cost::traffic,
       .infer = infer,
       .eval = eval},
      operand<&Topk::x>("x", kNumbers, "Rank 1 or more."),
      attr<&Topk::k>("k", "How many; -1: all."),
      attr<&Topk::axis>("axis", "Negative counts from the end."),
      attr<&Topk::ascending>("ascending", "The smallest instead of the largest."),
      attr<&Topk::sort>("sort", "Results in order.").since(Target::ios16),
      attr<&Topk::return_indices>("return_indices", "Give the indices too.").since(Target::ios16),
      attr<&Topk::output_indices_dtype>("output_indices_dtype", "i32, i64 or u16.")
          .since(Target::ios17));
}

}  // namespace corecast::op
