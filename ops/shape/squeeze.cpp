#include "ops/shape/squeeze.h"

#include <algorithm>

#include "ops/detail/view.h"

namespace corecast::op {

namespace {

Result<Shape> squeezed(const Squeeze& op, const Shape& x) {
  std::vector<std::int64_t> axes;
  if (op.axes) {
    TRY(axes, normalize_axes(*op.axes, static_cast<std::int64_t>(x.size())));
  } else if (!ir::is_static(x)) {
    return infer_error("axes must be given for the shape ", ir::to_string(x),
                       ": its symbols may be 1");
  }
  Shape out;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const bool listed =
        !op.axes || std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(i)) != axes.end();
    // A listed symbol must be 1 at run time.
    const bool removed = listed && must_equal(x[i], Dim(1));
    if (!removed) out.push_back(x[i]);
  }
  return out;
}

Result<Types> infer(const Squeeze& op, InferContext& c) {
  TRY(Shape out, squeezed(op, c.shape(op.x)));
  return Types{Type(c.dtype(op.x), std::move(out))};
}

Result<Tensors> eval(const Squeeze& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  TRY(const Shape out, squeezed(op, ir::make_shape(x.dims())));
  return Tensors{x.reshaped(ir::static_dims(out))};
}

std::optional<Dims> known(const Squeeze& op, const InferContext& c) { return c.known(op.x); }

}  // namespace

OpSchema squeeze_schema() {
  return make_schema<Squeeze>(
      {.name = "squeeze",
       .doc = "Removes dimensions of size 1.",
       .mil = {"squeeze"},
       .traits = traits::view(Walks::all()),
       .bounds = bounds::of(&Squeeze::x),
       .cost = cost::nothing,
       .infer = infer,
       .eval = eval,
       .known = known},
      operand<&Squeeze::x>("x", kAny, "Input."),
      attr<&Squeeze::axes>("axes", "Dimensions to remove; unset: all of size 1."));
}

}  // namespace corecast::op
