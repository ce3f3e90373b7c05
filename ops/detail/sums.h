// Bounds of quotients, sums and sums of products, for the rooms that state them.
#pragma once

#include <optional>
#include <vector>

#include "ops/detail/common.h"

namespace corecast::op {

/// Between `least` and `most` numbers within `each`, added up as the type does, in any order.
Interval sum_bounds(const Interval& each, double least, double most, DType dtype);
/// The same for the elements of `shape` along `axes` (non-negative; unset: all).
Interval sum_bounds(const Interval& each, const Shape& shape,
                    const std::optional<std::vector<std::int64_t>>& axes, DType dtype);

/// How a weight is laid out: [outer, outputs, inner], every result adding up `outer * inner`
/// products (or fewer).
struct WeightLayout {
  std::int64_t outer = 1, outputs = 1, inner = 1;
};
/// bias[o] + sum of x * weight[., o, .]: by the weights themselves where they are constant.
Interval weighted_sum_bounds(const BoundsContext& c, ValueId x, ValueId weight, ValueId bias,
                             const WeightLayout& layout);

}  // namespace corecast::op
