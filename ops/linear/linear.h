// linear: a fully connected layer.
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

/// out = x · weightᵀ + bias. x [*d, I], weight [O, I], bias [O] (absent: zeros), out [*d, O] of x's
/// dtype. weight and bias share a dtype, which may be another one than x's (iOS 17).
struct Linear {
  static constexpr OpKind kind = OpKind::Linear;
  ir::ValueId x, weight, bias;
};

}  // namespace corecast::op
