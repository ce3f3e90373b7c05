// resample, affine: bilinear or nearest reads at computed positions.
#pragma once

#include <cstdint>
#include <string>

#include "ops/op_kind.h"

namespace corecast::op {

/// x [B, C, H, W], coordinates [B, H2, W2, 2] of (x, y) pairs; result [B, C, H2, W2].
///
/// coordinates_mode, to pixels along an axis of m elements: unnormalized: as they are;
/// normalized_minus_one_to_one: (c+1)/2*(m-1) with align_corners, else ((c+1)*m-1)/2;
/// normalized_zero_to_one: c*(m-1), else c*m-0.5. padding_mode: constant (taps outside read
/// padding_value), border (clamp the position), reflection (about 0 and m-1), symmetric (about -0.5
/// and m-0.5, then clamp). sampling_mode: bilinear, or nearest (halves to even).
struct Resample {
  static constexpr OpKind kind = OpKind::Resample;
  ir::ValueId x, coordinates;
  std::string sampling_mode = "bilinear";
  std::string padding_mode = "constant";
  double padding_value = 0;
  std::string coordinates_mode = "normalized_minus_one_to_one";
  bool align_corners = true;
};

/// Resample at an affine image of the output grid: with output position (x, y) in [-1, 1],
/// (a0*x + a1*y + a2, b0*x + b1*y + b2) for transform_matrix [B, 6] of (a0,a1,a2,b0,b1,b2). Only
/// the defaults of the modes are legal. An output of one row or column takes coordinate 0 there.
struct Affine {
  static constexpr OpKind kind = OpKind::Affine;
  ir::ValueId x, transform_matrix;
  std::int64_t output_height = 1;
  std::int64_t output_width = 1;
  std::string sampling_mode = "bilinear";
  std::string padding_mode = "constant";
  double padding_value = 0;
  std::string coordinates_mode = "normalized_minus_one_to_one";
  bool align_corners = true;
};

}  // namespace corecast::op
