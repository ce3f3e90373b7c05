// concat and stack: tensors joined along an old or a new dimension.
#pragma once

#include <vector>

#include "ops/op_kind.h"

namespace corecast::op {

/// `values` (one dtype, sizes equal but along `axis`) one after the other along `axis`. Scalars
/// count as vectors of one element. interleave: all shapes are equal, and element i of value k goes
/// to place i * n + k of n values.
struct Concat {
  static constexpr OpKind kind = OpKind::Concat;
  std::vector<ir::ValueId> values;
  std::int64_t axis = 0;
  bool interleave = false;
};

/// `values` (one dtype and shape) along a new dimension `axis` of the result, in [-rank-1, rank].
struct Stack {
  static constexpr OpKind kind = OpKind::Stack;
  std::vector<ir::ValueId> values;
  std::int64_t axis = 0;
};

}  // namespace corecast::op
