// cast: the same values in another element type.
#pragma once

#include "ir/dtype.h"
#include "ops/op_kind.h"

namespace corecast::op {

/// NaN becomes 0 as an integer and true as a bool.
struct Cast {
  static constexpr OpKind kind = OpKind::Cast;
  ir::ValueId x;
  ir::DType dtype = ir::DType::f32;
};

}  // namespace corecast::op
