#include "ops/conv/sliding_windows.h"

#include "ops/detail/view.h"

namespace corecast::op {

namespace {

Result<Types> infer(const SlidingWindows& op, InferContext& c) {
  const Type& x = c.type(op.x);
  TRY(const std::int64_t axis, normalize_axis(op.axis, x.rank()));
  const Dim& d = x.shape[static_cast<std::size_t>(axis)];
  if (op.size < 1 || op.stride < 1)
    return infer_error("size ", op.size, " and stride ", op.stride, " must be positive");
  if (d.is_constant() && d.value() < op.size)
    return infer_error("size ", op.size, " exceeds the dimension's ", d.to_string());
  Shape out = x.shape;
  out[static_cast<std::size_t>(axis)] = floor_div(d - Dim(op.size), Dim(op.stride)) + Dim(1);
  out.insert(out.begin() + axis + 1, Dim(op.size));
  return Types{Type(x.dtype, std::move(out))};
}

Result<Tensors> eval(const SlidingWindows& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  TRY(const std::int64_t axis, normalize_axis(op.axis, x.rank()));
  const auto a = static_cast<std::size_t>(axis);
  if (x.dims()[a] < op.size)
    return eval_error("size ", op.size, " exceeds the dimension's ", x.dims()[a]);
  View v = whole(x.dims());
  v.dims[a] = (x.dims()[a] - op.size) / op.stride + 1;
  v.dims.insert(v.dims.begin() + axis + 1, op.size);
  v.strides.insert(v.strides.begin() + axis + 1, v.strides[a]);
  if (v.dims[a] > 1) v.strides[a] *= op.stride;
  return Tensors{copy_view(x, v)};
}

}  // namespace

OpSchema sliding_windows_schema() {
  using Op = SlidingWindows;
  return make_schema<Op>(
      {.name = "sliding_windows",
       .doc = "out[...,i,j,...] = x[...,i*stride+j,...], j counting up to size.",
       .mil = {"sliding_windows"},
       .traits = traits::selection(),
       .bounds = bounds::of(&Op::x),
       .cost = cost::of_results,
       .infer = infer,
       .eval = eval},
      operand<&Op::x>("x", kAny, "Input.").takes_in_mil(kMilNumbers),
      attr<&Op::axis>("axis", "The dimension that is cut; negative counts from the end."),
      attr<&Op::size>("size", "Elements of a window."),
      attr<&Op::stride>("stride", "Distance from one window to the next."));
}

}  // namespace corecast::op
