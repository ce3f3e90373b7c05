// Rounding: runs in which chosen values have fewer digits than fp32 (Monte Carlo arithmetic; D. S.
// Parker, 1997). What several such runs differ by is what rounding does to a graph.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/ids.h"

namespace corecast::executor {

/// Of a plan in fp32. Whoever made the plan may change everything but `values_may_round` between
/// its runs; a run reads it throughout.
struct Rounding {
  /// Significant bits that stay: 11 are those of fp16. Below fp16's smallest normal number steps
  /// are 2^-24, as there, when `digits` is 11.
  int digits = 11;
  /// Beyond 65504 is infinite. Off: what fp16's digits alone do.
  bool range = false;
  /// 0: to the nearest, ties to even. Else up or down at random, the nearer neighbour the more
  /// likely; equal seeds round alike.
  std::uint32_t seed = 0;
  /// By index of the value, inputs included: whether it is rounded where it is made.
  std::vector<bool> values;
  /// Whether constants among `values` are rounded too: to the nearest, when the plan is made.
  bool constants = true;
  /// How many times a value was rounded in this run; the caller sets it to 0 before each.
  mutable std::uint32_t made = 0;

  bool rounds(ir::ValueId v) const { return v && v.index() < values.size() && values[v.index()]; }
};

/// Rounds x[begin, end); `stream` tells the values of one run apart.
void round_values(const Rounding& r, std::uint32_t stream, float* x, std::int64_t begin,
                  std::int64_t end);

}  // namespace corecast::executor
