// Resize and its predecessor Upsample.
#include <algorithm>
#include <cmath>

#include "converter/onnx/rows.h"
#include "ops/image/resize_nd.h"

namespace corecast::onnx {

namespace {

// Whether size times scale is known to be a whole number along every axis that is scaled.
bool whole_sizes(OnnxNode& n, const op::ResizeNd& r) {
  const Tensor* scales = n.constant(r.scales);
  if (!scales) return false;
  for (std::int64_t i = 0; i < scales->count(); ++i) {
    std::int64_t axis = i;
    if (!r.axes.empty()) {
      if (i >= static_cast<std::int64_t>(r.axes.size())) return true;  // inference reports it
      axis = r.axes[static_cast<std::size_t>(i)];
    }
    if (axis < 0) axis += n.rank(r.x);
    if (axis < 0 || axis >= n.rank(r.x)) return true;
    const double scale = scales->at(i);
    const Dim& size = n.shape(r.x)[static_cast<std::size_t>(axis)];
    const double result = size.is_constant() ? scale * static_cast<double>(size.value()) : scale;
    // Scales are floats: 1/3 of 3 is not quite 1.
    if (std::abs(result - std::round(result)) > 1e-5 * std::max(1.0, result)) return false;
  }
  return true;
}

}  // namespace

Values resize(OnnxNode& n) {
  op::ResizeNd r{};
  r.x = n.input(0);
  r.mode = n.text("mode", "nearest");
  if (n.opset() < 11) {  // the second input was scales; pixels were mapped by plain division
    r.scales = n.input(1);
    r.coordinate_transformation_mode = "asymmetric";
    r.nearest_mode = "floor";
    return {n.add(r)};
  }
  r.coordinate_transformation_mode = n.text("coordinate_transformation_mode", "half_pixel");
  r.nearest_mode = n.text("nearest_mode", "round_prefer_floor");
  r.cubic_coeff_a = n.real("cubic_coeff_a", -0.75);
  r.exclude_outside = n.integer("exclude_outside", 0) != 0;
  r.extrapolation_value = n.real("extrapolation_value", 0);
  r.antialias = n.integer("antialias", 0) != 0;
  r.keep_aspect_ratio_policy = n.text("keep_aspect_ratio_policy", "stretch");
  r.axes = n.integers("axes");
  // Exporters pass empty tensors for what is absent.
  const auto given = [&](std::size_t i) {
    const ValueId v = n.optional(i);
    return v && !(n.shape(v).size() == 1 && n.shape(v)[0] == Dim(0)) ? v : ValueId();
  };
  if (r.coordinate_transformation_mode == "tf_crop_and_resize") r.roi = given(1);
  r.sizes = given(3);
  if (!r.sizes) r.scales = given(2);
  if (!r.sizes && !r.scales) return n.fail("neither scales nor sizes are given");
  if (r.scales && r.coordinate_transformation_mode == "align_corners" && !whole_sizes(n, r))
    return n.unsupported(
        "align_corners with scales that do not give whole sizes: runtimes differ there; give sizes "
        "instead");
  return {n.add(r)};
}

Values upsample(OnnxNode& n) {
  op::ResizeNd r{};
  r.x = n.input(0);
  r.mode = n.text("mode", "nearest");
  if (n.opset() >= 9) {
    r.scales = n.input(1);
  } else {
    const auto scales = n.reals("scales");
    r.scales = n.constant(Tensor::of(scales).cast(DType::f32));
  }
  r.coordinate_transformation_mode = "asymmetric";
  r.nearest_mode = "floor";
  return {n.add(r)};
}

}  // namespace corecast::onnx
