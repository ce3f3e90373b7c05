// expand_dims: new dimensions of size 1.
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

/// x with dimensions of size 1 at `axes` of the result; negative axes count from the result's end.
struct ExpandDims {
  static constexpr OpKind kind = OpKind::ExpandDims;
  ir::ValueId x;
  std::vector<std::int64_t> axes;
};

}  // namespace corecast::op
