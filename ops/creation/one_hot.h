// one_hot: indices as vectors with one position marked.
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

/// A new dimension `axis` (in [-rank-1, rank], of the result) of size one_hot_vector_size: on_value
/// at position indices[...], off_value elsewhere, and everywhere for an index out of range. Where
/// the op `wraps`, negative indices count from the end. The values are scalars of one dtype, which
/// the result has; absent: 1 and 0, as i32 when both are.
struct OneHot {
  static constexpr OpKind kind = OpKind::OneHot;
  ir::ValueId indices, one_hot_vector_size;
  std::int64_t axis = -1;
  bool wraps = false;
  ir::ValueId on_value, off_value;
};

}  // namespace corecast::op
