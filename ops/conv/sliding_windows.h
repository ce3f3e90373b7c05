// sliding_windows: overlapping pieces of a dimension.
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

/// Dimension `axis` of size d becomes [(d - size) / stride + 1, size].
struct SlidingWindows {
  static constexpr OpKind kind = OpKind::SlidingWindows;
  ir::ValueId x;
  std::int64_t axis = 0;
  std::int64_t size = 1;
  std::int64_t stride = 1;
};

}  // namespace corecast::op
