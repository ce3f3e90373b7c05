// slice_by_index and slice_update: Python-like slices, read or replaced.
#pragma once

#include <vector>

#include "ops/op_kind.h"

namespace corecast::op {

/// x[begin:end:stride] in every dimension, by numpy's rules: negative begin and end count from the
/// end of the dimension, both are clamped, a negative stride walks backwards. begin and end have
/// one entry per dimension of x; stride (absent: ones) must be constant and not 0. The masks are
/// empty or have one entry per dimension. begin_mask: from the dimension's start (from its last
/// element when walking backwards); end_mask: to its end. squeeze_mask: the one index begin (0
/// where begin_mask), and the dimension is removed.
struct SliceByIndex {
  static constexpr OpKind kind = OpKind::SliceByIndex;
  ir::ValueId x, begin, end, stride;
  std::vector<bool> begin_mask, end_mask, squeeze_mask;
};

/// x with the slice that slice_by_index would take replaced by `update`, which has the slice's
/// shape (after squeezing) and x's dtype.
struct SliceUpdate {
  static constexpr OpKind kind = OpKind::SliceUpdate;
  ir::ValueId x, update, begin, end, stride;
  std::vector<bool> begin_mask, end_mask, squeeze_mask;
};

}  // namespace corecast::op
