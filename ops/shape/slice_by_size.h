// slice_by_size: a box of a tensor, by its corner and sizes.
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

/// x[begin : begin + size] in every dimension; both have one entry per dimension of x. A negative
/// begin counts from the end; size -1 means the rest of the dimension. The box must lie inside x.
struct SliceBySize {
  static constexpr OpKind kind = OpKind::SliceBySize;
  ir::ValueId x, begin, size;
};

}  // namespace corecast::op
