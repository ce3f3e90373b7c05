#include "ops/shape/split.h"

#include "ops/detail/view.h"

namespace corecast::op {

namespace {

Result<Shape> part_sizes(const Split& op, const Dim& size) {
  if (!op.split_sizes) {
    if (!op.num_splits || *op.num_splits < 1)
      return infer_error("num_splits or split_sizes must be given");
    const Dim n(*op.num_splits);
    const auto exact = exact_div(size, n);
    if (!exact && size.is_constant()) {
      return infer_error("num_splits ", *op.num_splits, " does not divide the size ",
                         size.to_string());
    }
    if (!exact) ir::take_equal(size, n * floor_div(size, n));
    return Shape(static_cast<std::size_t>(*op.num_splits), exact ? *exact : floor_div(size, n));
  }
  const auto& sizes = *op.split_sizes;
  if (op.num_splits && *op.num_splits != static_cast<std::int64_t>(sizes.size())) {
    return infer_error("num_splits ", *op.num_splits, " is not the length of split_sizes [",
                       join(sizes), "]");
  }
  Dim sum = 0;
  for (const auto s : sizes) {
    if (s < 0) return infer_error("split_sizes [", join(sizes), "] has a negative size");
    sum = sum + Dim(s);
  }
  if (sizes.empty() || !must_equal(sum, size)) {
    return infer_error("split_sizes [", join(sizes), "] do not add up to ", size.to_string());
  }
  return ir::make_shape(sizes);
}

Result<Types> infer(const Split& op, InferContext& c) {
  const Type& x = c.type(op.x);
  TRY(const std::int64_t axis, normalize_axis(op.axis, x.rank()));
  TRY(const Shape sizes, part_sizes(op, x.shape[static_cast<std::size_t>(axis)]));
  Types out;
  for (const Dim& size : sizes) {
    out.push_back(x);
    out.back().shape[static_cast<std::size_t>(axis)] = size;
  }
  return out;
}

Result<Tensors> eval(const Split& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  TRY(const std::int64_t axis, normalize_axis(op.axis, x.rank()));
  const auto at = static_cast<std::size_t>(axis);
  TRY(const Shape sizes, part_sizes(op, Dim(x.dims()[at])));
  View view = whole(x.dims());
  Tensors out;
  for (const Dim& size : sizes) {
    view.dims[at] = size.value();
    out.push_back(copy_view(x, view));
    view.offset += size.value() * view.strides[at];
  }
  return out;
}

}  // namespace

OpSchema split_schema() {
  return make_schema<Split>(
      {.name = "split",
       .doc = "Cuts a tensor into parts along a dimension.",
       .mil = {"split"},
       .traits = traits::selection(Walk::vocabulary | Walk::positions),
       .bounds = bounds::of(&Split::x),
       .cost = cost::of_results,
       .infer = infer,
       .eval = eval},
      operand<&Split::x>("x", kAny, "Input."),
      attr<&Split::num_splits>("num_splits",
                               "Number of parts; they are equal unless "
                               "split_sizes is given."),
      attr<&Split::split_sizes>("split_sizes", "Sizes of the parts, adding up to that of x."),
      attr<&Split::axis>("axis", "The dimension to cut; negative counts from the end."));
}

}  // namespace corecast::op
