// Ranges of a model's inputs, as users give them.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace corecast::api {

/// The values that an input will hold: "x=0..255".
struct RangeOf {
  std::string input;
  double low = 0, high = 0;
};
/// Errors: E1031.
Result<RangeOf> parse_range(const std::string& text);
/// Several. Errors: E1031.
Result<std::vector<RangeOf>> parse_ranges(const std::vector<std::string>& texts);

}  // namespace corecast::api
