#include "ops/shape/broadcast_to.h"

#include "ops/detail/view.h"

namespace corecast::op {

namespace {

Result<Shape> broadcasted(const Shape& x, const Shape& shape) {
  auto out = ir::broadcast(x, shape);
  if (!out)
    return infer_error("x ", ir::to_string(x), " does not broadcast against shape ",
                       ir::to_string(shape));
  return *std::move(out);
}

Result<Types> infer(const BroadcastTo& op, InferContext& c) {
  const Type& x = c.type(op.x);
  TRY(const std::int64_t length, vector_length(op.shape, "shape", c));
  const auto shape = c.known(op.shape);
  if (!shape) {
    // A size of x other than 1 stays; what becomes of a 1 or a symbol depends on data.
    Shape out = fresh_shape(std::max(length, x.rank()), c);
    const std::size_t shift = out.size() - x.shape.size();
    for (std::size_t i = 0; i < x.shape.size(); ++i) {
      const bool reached = shift + i + static_cast<std::size_t>(length) >= out.size();
      if (!reached || !may_equal(x.shape[i], Dim(1))) out[shift + i] = x.shape[i];
    }
    return Types{Type(x.dtype, std::move(out))};
  }
  TRY(Shape out, broadcasted(x.shape, *shape));
  return Types{Type(x.dtype, std::move(out))};
}

Result<Tensors> eval(const BroadcastTo& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  TRY(const Shape shape, broadcasted(ir::make_shape(x.dims()), dims_of(c.tensor(op.shape))));
  TRY(const auto dims, actual_dims(shape, "shape"));
  return Tensors{copy_view(x, {0, broadcast_strides(x.dims(), dims), dims})};
}

std::optional<Dims> known(const BroadcastTo& op, const InferContext& c) {
  const auto x = c.known(op.x), shape = c.known(op.shape);
  const auto dims = known_dims(op.x, c);
  if (!x || !shape || !dims) return std::nullopt;
  const auto out = ir::broadcast(c.shape(op.x), *shape);
  const auto out_dims = out ? known_dims(*out) : std::nullopt;
  if (!out_dims) return std::nullopt;
  return copy_view(*x, {0, broadcast_strides(*dims, *out_dims), *out_dims});
}

}  // namespace

OpSchema broadcast_to_schema() {
  return make_schema<BroadcastTo>(
      {.name = "broadcast_to",
       .doc = "Repeats x to the shape that x's and `shape` broadcast to together.",
       .traits = traits::selection(Walk::sign),
       .bounds = bounds::of(&BroadcastTo::x),
       .cost = cost::traffic,
       .infer = infer,
       .eval = eval,
       .known = known},
      operand<&BroadcastTo::x>("x", kAny, "Input."),
      operand<&BroadcastTo::shape>("shape", kIndices,
                                   "Sizes, aligned to the right with those of x; a 1 keeps "
                                   "the size of x."));
}

}  // namespace corecast::op
