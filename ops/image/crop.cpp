#include "ops/image/crop.h"

#include "ops/detail/view.h"

namespace corecast::op {

namespace {

Result<Shape> cropped(const Crop& op, const Shape& x) {
  if (x.size() < 3) return infer_error("x must have rank 3 or more, not ", x.size());
  Shape out = x;
  for (const auto* amounts : {&op.crop_height, &op.crop_width}) {
    if (amounts->size() != 2 || (*amounts)[0] < 0 || (*amounts)[1] < 0) {
      return infer_error("crop_height and crop_width must be two numbers, not negative: [",
                         join(*amounts), "]");
    }
    Dim& d = out[x.size() - (amounts == &op.crop_height ? 2 : 1)];
    d = d - Dim((*amounts)[0]) - Dim((*amounts)[1]);
    if (d.is_constant() && d.value() < 0)
      return infer_error("crop [", join(*amounts), "] exceeds ", ir::to_string(x));
  }
  return out;
}

Result<Types> infer(const Crop& op, InferContext& c) {
  TRY(Shape out, cropped(op, c.shape(op.x)));
  return Types{Type(c.dtype(op.x), std::move(out))};
}

Result<Tensors> eval(const Crop& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  TRY(const Shape shape, cropped(op, ir::make_shape(x.dims())));
  View v = whole(x.dims());
  v.dims = ir::static_dims(shape);
  v.offset = op.crop_height[0] * v.strides[v.strides.size() - 2] + op.crop_width[0];
  return Tensors{copy_view(x, v)};
}

}  // namespace

OpSchema crop_schema() {
  return make_schema<Crop>(
      {.name = "crop",
       .doc = "Cuts rows and columns off the borders of the last two dimensions.",
       .mil = {"crop"},
       .traits = traits::selection(),
       .bounds = bounds::of(&Crop::x),
       .cost = cost::of_results,
       .infer = infer,
       .eval = eval},
      operand<&Crop::x>("x", kAny, "Input of rank 3 or more.").takes_in_mil(kMilFloats),
      attr<&Crop::crop_height>("crop_height", "[top, bottom] rows."),
      attr<&Crop::crop_width>("crop_width", "[left, right] columns."));
}

}  // namespace corecast::op
