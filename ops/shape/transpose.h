// transpose: dimensions in another order.
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

/// Negative entries of perm count from the end.
struct Transpose {
  static constexpr OpKind kind = OpKind::Transpose;
  ir::ValueId x;
  std::vector<std::int64_t> perm;
};

}  // namespace corecast::op
