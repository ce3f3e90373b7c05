// crop_resize: bilinear samples of boxes of images.
#pragma once

#include <cstdint>
#include <string>

#include "ops/op_kind.h"

namespace corecast::op {

/// x [B, C, H, W], boxes [N, 4], box_indices [N] into B (absent: 0 ... N-1); result
/// [N, C, target_height, target_width]. iOS 17.
///
/// box_coordinate_mode: CORNERS_HEIGHT_FIRST (h0,w0,h1,w1), CORNERS_WIDTH_FIRST (w0,h0,w1,h1),
/// CENTER_SIZE_HEIGHT_FIRST (hc,wc,h,w), CENTER_SIZE_WIDTH_FIRST (wc,hc,w,h); corners are inclusive
/// pixel positions, scaled by spatial_scale and, if normalized_coordinates, by H-1 and W-1.
/// sampling_mode: ops/image/sampling.h, over the interval from corner to corner. A sample outside
/// [0, H-1] x [0, W-1] is pad_value.
struct CropResize {
  static constexpr OpKind kind = OpKind::CropResize;
  ir::ValueId x, boxes, box_indices;
  std::int64_t target_height = 1;
  std::int64_t target_width = 1;
  bool normalized_coordinates = false;
  double spatial_scale = 1;
  std::string box_coordinate_mode = "CORNERS_HEIGHT_FIRST";
  std::string sampling_mode = "DEFAULT";
  double pad_value = 0;
};

/// The form before iOS 17, also called crop_resize in MIL: roi [N, 1, 4, 1, 1] applies every box to
/// every image, result [N, B, C, target_height, target_width]; roi [N, 1, 5, 1, 1] starts with the
/// image's index, result [N, 1, C, target_height, target_width].
struct CropResizeIos15 {
  static constexpr OpKind kind = OpKind::CropResizeIos15;
  ir::ValueId x, roi;
  std::int64_t target_height = 1;
  std::int64_t target_width = 1;
  bool normalized_coordinates = false;
  double spatial_scale = 1;
  std::string box_coordinate_mode = "CORNERS_HEIGHT_FIRST";
  std::string sampling_mode = "DEFAULT";
  double pad_value = 0;  ///< iOS 16
};

}  // namespace corecast::op
