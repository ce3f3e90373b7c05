// Resizing of the last dims: the forms that MIL has. `resize_nd` expresses all of ONNX's Resize.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ops/op_kind.h"

namespace corecast::op {

/// x [*d, H, W], rank 3 or more, to [*d, target_size_height, target_size_width]. sampling_mode is
/// one of those that ops/image/sampling.h lists.
struct ResizeBilinear {
  static constexpr OpKind kind = OpKind::ResizeBilinear;
  ir::ValueId x;
  std::int64_t target_size_height = 1;
  std::int64_t target_size_width = 1;
  std::string sampling_mode = "DEFAULT";
};

struct ResizeNearestNeighbor {
  static constexpr OpKind kind = OpKind::ResizeNearestNeighbor;
  ir::ValueId x;
  std::int64_t target_size_height = 1;
  std::int64_t target_size_width = 1;
};

/// Sizes floor(H * scale_factor_height), floor(W * scale_factor_width), factors rounded to f32; the
/// grid then follows from the sizes alone. align_corners: STRICT_ALIGN_CORNERS; else
/// half_pixel_centers (iOS 16; unset: not align_corners): UNALIGN_CORNERS; neither: DEFAULT. Both
/// is an error.
struct UpsampleBilinear {
  static constexpr OpKind kind = OpKind::UpsampleBilinear;
  ir::ValueId x;
  double scale_factor_height = 1;
  double scale_factor_width = 1;
  bool align_corners = true;
  std::optional<bool> half_pixel_centers;
};

/// Sizes as UpsampleBilinear.
struct UpsampleNearestNeighbor {
  static constexpr OpKind kind = OpKind::UpsampleNearestNeighbor;
  ir::ValueId x;
  double scale_factor_height = 1;
  double scale_factor_width = 1;
};

/// The last resized_dims dims of x get the sizes of the last entries of `shape` (integers, possibly
/// computed at run time); 0 keeps x's. iOS 17. interpolation_mode LINEAR, or NEAREST_NEIGHBOR: the
/// element nearest to the grid point, halves up, DEFAULT standing for UNALIGN_CORNERS there.
struct Resize {
  static constexpr OpKind kind = OpKind::Resize;
  ir::ValueId x, shape;
  std::int64_t resized_dims = 2;
  std::string interpolation_mode = "LINEAR";
  std::string sampling_mode = "DEFAULT";
};

}  // namespace corecast::op
