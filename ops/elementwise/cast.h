// cast: the same values in another element type.
#pragma once

#include "ir/dtype.h"
#include "ops/op_kind.h"

namespace corecast::op {

/// Floats round to nearest even; float to integer truncates toward zero and saturates (NaN gives
/// 0); integer to integer wraps around; to bool: x != 0 (NaN gives true).
struct Cast {
  static constexpr OpKind kind = OpKind::Cast;
  ir::ValueId x;
  ir::DType dtype = ir::DType::f32;
};

}  // namespace corecast::op
