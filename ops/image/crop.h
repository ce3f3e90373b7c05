// crop: the borders of images cut off.
#pragma once

#include <vector>

#include "ops/op_kind.h"

namespace corecast::op {

/// The last two dimensions of x without crop_height [top, bottom] rows and crop_width [left, right]
/// columns. x has rank 3 or more.
struct Crop {
  static constexpr OpKind kind = OpKind::Crop;
  ir::ValueId x;
  std::vector<std::int64_t> crop_height, crop_width;
};

}  // namespace corecast::op
