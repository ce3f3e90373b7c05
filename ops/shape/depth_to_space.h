// depth_to_space, space_to_depth, pixel_shuffle, pixel_unshuffle: channels traded for pixels. All
// take and give rank 4, [n, channels, height, width].
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

/// TensorFlow's order.
struct DepthToSpace {
  static constexpr OpKind kind = OpKind::DepthToSpace;
  ir::ValueId x;
  std::int64_t block_size = 1;
};

/// The inverse of depth_to_space.
struct SpaceToDepth {
  static constexpr OpKind kind = OpKind::SpaceToDepth;
  ir::ValueId x;
  std::int64_t block_size = 1;
};

/// PyTorch's order.
struct PixelShuffle {
  static constexpr OpKind kind = OpKind::PixelShuffle;
  ir::ValueId x;
  std::int64_t upscale_factor = 1;
};

/// The inverse of pixel_shuffle.
struct PixelUnshuffle {
  static constexpr OpKind kind = OpKind::PixelUnshuffle;
  ir::ValueId x;
  std::int64_t downscale_factor = 1;
};

}  // namespace corecast::op
