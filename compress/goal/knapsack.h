// The multiple-choice knapsack: one candidate for every item, least loss within a budget of bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace corecast::compress {

struct Choice {
  std::size_t bytes = 0;
  double loss = 0;  ///< >= 0, adds up over items
};

/// Picks one choice of every item so that the bytes sum to at most `budget` and the loss is small:
/// the optimum of the relaxed problem (upgrades along each item's convex hull, steepest first),
/// then single exchanges that still fit while they help. The index of each item's choice; empty
/// when even the smallest choices do not fit. Every item needs at least one choice.
std::optional<std::vector<std::size_t>> knapsack(const std::vector<std::vector<Choice>>& items,
                                                 std::size_t budget);

}  // namespace corecast::compress
