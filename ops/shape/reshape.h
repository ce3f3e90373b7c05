// reshape and its relatives: the same elements, in the same order, under other sizes.
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

/// x under the sizes that the vector `shape` names. One -1 takes what is left. A 0 takes the size
/// of x at the same distance from the end (1 where x has none): for a shape as long as x's rank,
/// the size at the same place. Where that does not fit an empty x, a 0 is the size 0.
struct Reshape {
  static constexpr OpKind kind = OpKind::Reshape;
  ir::ValueId x, shape;
};

/// x under the sizes ref_tensors[i].shape[begins[i]:ends[i]], joined over i; to the end of that
/// shape where end_masks[i]. Negative begins and ends count from the end.
struct ReshapeLike {
  static constexpr OpKind kind = OpKind::ReshapeLike;
  ir::ValueId x;
  std::vector<ir::ValueId> ref_tensors;
  std::vector<std::int64_t> begins, ends;
  std::vector<bool> end_masks;
};

/// x as the matrix [product of the sizes before axis, product of the others]; axis in [-rank,
/// rank].
struct Flatten2d {
  static constexpr OpKind kind = OpKind::Flatten2d;
  ir::ValueId x;
  std::int64_t axis = 1;
};

}  // namespace corecast::op
