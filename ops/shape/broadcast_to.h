// broadcast_to: numpy broadcasting against a shape. MIL has no such op; legalisation expands it.
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

/// x repeated to the shape that x's and `shape` broadcast to together; a 1 in `shape` keeps the
/// size of x.
struct BroadcastTo {
  static constexpr OpKind kind = OpKind::BroadcastTo;
  ir::ValueId x, shape;
};

}  // namespace corecast::op
