// select: elementwise choice between two tensors.
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

/// a where cond holds, else b; all three broadcast. MIL wants cond no larger than a and b together.
struct Select {
  static constexpr OpKind kind = OpKind::Select;
  ir::ValueId cond, a, b;
};

}  // namespace corecast::op
