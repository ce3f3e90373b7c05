// Relations between operands: bounds that follow from how a value was computed, where the bounds of
// the operands alone say less.
#pragma once

#include <optional>

#include "passes/numerics/ranges.h"

namespace corecast::passes::numerics {

/// Of the op's result, for which its room states an interval; empty where no relation is seen.
std::optional<ir::Interval> related_range(const Ranges& ranges, ir::OpId op,
                                          const ir::Interval& stated);

/// x, where v is x * x.
std::optional<ir::ValueId> squared(const ir::Function& f, ir::ValueId v);
/// Looks through ops that only change the shape.
ir::ValueId behind_views(const ir::Function& f, ir::ValueId v);

/// Numbers from here on, negative ones above all, stand for "nothing" where others are small.
inline constexpr double kSentinel = 1e4;
/// The range without sentinels, and whether there are any: of a constant, and of a result.
Known without_sentinels(const ir::Tensor& constant);
std::optional<Known> without_sentinels(const Ranges& ranges, ir::OpId op);

}  // namespace corecast::passes::numerics
