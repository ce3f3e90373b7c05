// transpose: dimensions in another order.
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

/// Dimension i of the result is dimension perm[i] of x; negative entries count from the end.
struct Transpose {
  static constexpr OpKind kind = OpKind::Transpose;
  ir::ValueId x;
  std::vector<std::int64_t> perm;
};

}  // namespace corecast::op
