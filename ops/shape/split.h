// split: a tensor cut into parts along a dimension; several results.
#pragma once

#include <optional>
#include <vector>

#include "ops/op_kind.h"

namespace corecast::op {

/// x cut along `axis` into parts of split_sizes, or into num_splits equal parts. At least one of
/// the two is given; with both, num_splits is the length of split_sizes. Part i is result i.
struct Split {
  static constexpr OpKind kind = OpKind::Split;
  ir::ValueId x;
  std::optional<std::int64_t> num_splits;
  std::optional<std::vector<std::int64_t>> split_sizes;
  std::int64_t axis = 0;
};

}  // namespace corecast::op
