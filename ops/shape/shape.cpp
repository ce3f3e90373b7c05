#include "ops/shape/shape.h"

#include "ops/detail/view.h"

namespace corecast::op {

namespace {

Result<Types> infer(const ShapeOf& op, InferContext& c) {
  return Types{Type(DType::i32, {Dim(c.rank(op.x))})};
}

Result<Tensors> eval(const ShapeOf& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  Tensor out = Tensor::empty(DType::i32, {x.rank()});
  for (std::int64_t i = 0; i < x.rank(); ++i) {
    const std::int64_t d = x.dims()[static_cast<std::size_t>(i)];
    if (d > INT32_MAX) return eval_error("size ", d, " does not fit in i32");
    out.set_int(i, d);
  }
  return Tensors{out};
}

std::optional<Dims> known(const ShapeOf& op, const InferContext& c) { return c.shape(op.x); }

}  // namespace

OpSchema shape_schema() {
  return make_schema<ShapeOf>({.name = "shape",
                               .doc = "The sizes of x as a vector.",
                               .mil = {"shape"},
                               .traits = traits::indices().looked_through(Walk::sign),
                               .bounds = bounds::at_least(0),
                               .cost = cost::written,
                               .infer = infer,
                               .eval = eval,
                               .known = known},
                              operand<&ShapeOf::x>("x", kAny, "Input."));
}

}  // namespace corecast::op
