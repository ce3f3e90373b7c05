// Resize and its predecessor Upsample.
#include <algorithm>

#include "converter/onnx/rows.h"
#include "ops/resize_nd.h"

namespace corecast::onnx {

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
