// resize_nd: ONNX's Resize in full. Not a MIL op; legalisation maps what MIL can say exactly.
#pragma once

#include <string>
#include <vector>

#include "ops/image/sampling.h"
#include "ops/op_kind.h"

namespace corecast::op {

/// Resizes the dims `axes` of x (empty: all). Exactly one of `scales` (floats) and `sizes`
/// (integers) is given, one entry per axis; `roi` holds all starts, then all ends, as fractions of
/// the axes.
///
/// mode: nearest, linear, cubic. coordinate_transformation_mode, for output i of n over an axis of
/// m elements with scale s (given, or n/m):
///   half_pixel            (i+0.5)/s - 0.5
///   half_pixel_symmetric  (i+0.5)/s - 0.5 + m/2*(1 - n/(s*m))
///   pytorch_half_pixel    half_pixel, 0 if n = 1
///   align_corners         i*(m-1)/(n-1), 0 if n = 1
///   asymmetric            i/s
///   tf_half_pixel_for_nn  (i+0.5)/s
///   tf_crop_and_resize    start*(m-1) + i*(end-start)*(m-1)/(n-1), the middle if n = 1;
///                         extrapolation_value outside [0, m-1]
/// Coordinates are computed in f32, as common runtimes do; those of `nearest` are exact, with s as
/// the fraction that ops/image/source_line.h makes of it. nearest_mode: round_prefer_floor,
/// round_prefer_ceil, floor, ceil. keep_aspect_ratio_policy (with sizes): stretch, not_larger,
/// not_smaller. antialias widens the linear or cubic filter by 1/s where s < 1. exclude_outside
/// drops taps outside x and scales the others up to sum 1.
struct ResizeNd {
  static constexpr OpKind kind = OpKind::ResizeNd;
  ir::ValueId x;
  ir::ValueId roi, scales, sizes;  ///< optional
  std::vector<std::int64_t> axes;
  std::string mode = "nearest";
  std::string coordinate_transformation_mode = "half_pixel";
  std::string nearest_mode = "round_prefer_floor";
  double cubic_coeff_a = -0.75;
  bool exclude_outside = false;
  double extrapolation_value = 0;
  bool antialias = false;
  std::string keep_aspect_ratio_policy = "stretch";
};

/// What a resize_nd reads: the taps of each of the resized axes, which are in [0, rank).
struct ResizePlan {
  std::vector<std::int64_t> axes;
  std::vector<AxisTaps> taps;
};
/// For an x of sizes `dims`; scales, sizes and roi are the operands' values or null, exactly one of
/// scales and sizes is given. Errors: E2101 factors or sizes that cannot be.
Result<ResizePlan> plan_resize(const ResizeNd& op, const std::vector<std::int64_t>& dims,
                               const Tensor* scales, const Tensor* sizes, const Tensor* roi);

}  // namespace corecast::op
