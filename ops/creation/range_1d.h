// range_1d: an arithmetic progression.
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

/// start, start + step, ... up to `end`, which is left out: max(0, ceil((end - start) / step))
/// elements. Scalars of one dtype, which the result has. Element i is start + i * step, rounded
/// once.
struct Range1d {
  static constexpr OpKind kind = OpKind::Range1d;
  ir::ValueId end, start, step;
};

}  // namespace corecast::op
