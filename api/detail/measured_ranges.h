// What runs on a few made-up inputs show of the values inside a model.
#pragma once

#include <map>

#include "api/check.h"
#include "base/shared_pool.h"
#include "ir/interval.h"

namespace corecast::api {

struct MeasuredRange {
  ir::Interval all;
  /// Without numbers of 1e4 and more, which stand for "nothing" in masks.
  std::optional<ir::Interval> small;
};
using MeasuredRanges = std::map<ir::ValueId, MeasuredRange>;

/// Runs the module's main function in fp32, on inputs drawn from the ranges that are given and on
/// their ends; other inputs are as for a validation. Empty where it cannot be run. Ends after some
/// seconds: what was seen until then counts.
MeasuredRanges measured_ranges(const ir::Module& module, const std::vector<InputRange>& inputs,
                               const SharedPool& pool, Stop stop);

}  // namespace corecast::api
