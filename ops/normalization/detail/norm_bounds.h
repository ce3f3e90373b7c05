// Bounds of normalisations.
#pragma once

#include <optional>
#include <vector>

#include "ops/detail/common.h"
#include "ops/normalization/normalization.h"

namespace corecast::op {

/// How many elements of x one moment is over: along `axes` (unset: all), or of everything from
/// `first` on. Infinite where a size is open.
double members_along(const BoundsContext& c, ValueId x,
                     const std::optional<std::vector<std::int64_t>>& axes);
double members_from(const BoundsContext& c, ValueId x, std::size_t first);
/// gamma * y + beta, where y has mean square 1 over so many elements; no number of it exceeds their
/// square root. Absent: 1 and 0.
Interval normalized_bounds(const BoundsContext& c, double members, ValueId gamma, ValueId beta,
                           double epsilon);
/// By channels where all parameters are constants.
Interval bounds_of_batch(const BatchNorm& op, const BoundsContext& c);

}  // namespace corecast::op
