#include "ops/creation/fill.h"

#include "ops/detail/view.h"

namespace corecast::op {

namespace {

template <class Op>
Result<Types> of_shape(const Op& op, Shape shape, InferContext& c) {
  DType dtype = DType::f32;
  if (op.value) {
    dtype = c.dtype(op.value);
    if (c.rank(op.value) != 0)
      return infer_error("value must be a scalar, not of rank ", c.rank(op.value));
  }
  return Types{Type(dtype, std::move(shape))};
}

template <class Op>
Result<Tensors> filled(const Op& op, const std::vector<std::int64_t>& dims, EvalContext& c) {
  if (!op.value) return Tensors{Tensor::zeros(DType::f32, dims)};
  return Tensors{broadcast_to(c.tensor(op.value), dims)};
}

template <class Op>
std::optional<Dims> known_fill(const Op& op, const Shape& shape, const InferContext& c) {
  const auto dims = known_dims(shape);
  const auto value = op.value ? c.known(op.value) : std::nullopt;
  if (!dims || !value) return std::nullopt;
  return Dims(static_cast<std::size_t>(*ir::element_count(*dims)), value->at(0));
}

Result<Types> infer_fill(const Fill& op, InferContext& c) {
  TRY(const std::int64_t length, vector_length(op.shape, "shape", c));
  const auto known = c.known(op.shape);
  if (!known) return of_shape(op, fresh_shape(length, c), c);
  for (const Dim& d : *known) {
    if (d.is_constant() && d.value() < 0)
      return infer_error("shape ", ir::to_string(*known), " has a negative size");
  }
  return of_shape(op, *known, c);
}

Result<Tensors> eval_fill(const Fill& op, EvalContext& c) {
  TRY(const auto dims, actual_dims(dims_of(c.tensor(op.shape)), "shape"));
  return filled(op, dims, c);
}

std::optional<Dims> known_of_fill(const Fill& op, const InferContext& c) {
  const auto shape = c.known(op.shape);
  return shape ? known_fill(op, *shape, c) : std::nullopt;
}

Result<Types> infer_like(const FillLike& op, InferContext& c) {
  return of_shape(op, c.shape(op.ref_tensor), c);
}
Result<Tensors> eval_like(const FillLike& op, EvalContext& c) {
  return filled(op, c.tensor(op.ref_tensor).dims(), c);
}
std::optional<Dims> known_of_like(const FillLike& op, const InferContext& c) {
  return known_fill(op, c.shape(op.ref_tensor), c);
}

template <class Op>
Interval bounds_of_value(const Op& op, const BoundsContext& c) {
  return op.value ? c.of(op.value) : bounds::within(0, 0);
}

}  // namespace

OpSchema fill_schema() {
  return make_schema<Fill>(
      {.name = "fill",
       .doc = "A tensor of the given sizes with one value everywhere.",
       .mil = {"fill"},
       .traits = traits::filling(Walk::positions).saturating(Saturates::as_limit),
       .bounds = bounds_of_value<Fill>,
       .cost = cost::written,
       .infer = infer_fill,
       .eval = eval_fill,
       .known = known_of_fill},
      operand<&Fill::shape>("shape", kIndices, "Sizes of the result."),
      optional_operand<&Fill::value>("value", kAny, "A scalar; 0 as f32 when absent.")
          .constant_in_mil());
}

OpSchema fill_like_schema() {
  return make_schema<FillLike>(
      {.name = "fill_like",
       .doc = "A tensor of another's sizes with one value everywhere.",
       .mil = {"fill_like", Target::ios16},
       .traits = traits::filling(),
       .bounds = bounds_of_value<FillLike>,
       .cost = cost::written,
       .infer = infer_like,
       .eval = eval_like,
       .known = known_of_like},
      operand<&FillLike::ref_tensor>("ref_tensor", kAny, "The tensor whose sizes are taken."),
      optional_operand<&FillLike::value>("value", kAny, "A scalar; 0 as f32 when absent.")
          .constant_in_mil());
}

}  // namespace corecast::op
