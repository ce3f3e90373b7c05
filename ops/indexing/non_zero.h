// non_zero: where a tensor is not zero.
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

/// The multi-indices of x's elements other than zero (NaN is one), as i32[count, rank of x] in
/// row-major order. The count depends on data.
struct NonZero {
  static constexpr OpKind kind = OpKind::NonZero;
  ir::ValueId x;
};

}  // namespace corecast::op
