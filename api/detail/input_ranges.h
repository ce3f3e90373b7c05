// The ranges of a model's inputs: those that are given, and what is assumed of the others.
#pragma once

#include "api/check.h"

namespace corecast::api {

/// What an integer of which nothing is known is assumed to be at most: as most are, or as an
/// identifier may be. The second is for the question whether 32 bits hold what is made of it.
inline constexpr double kUsualInteger = 1000, kIdentifier = 1 << 20;

/// One for each input of `f`, in order. Errors: E1002 a range for what is no input, or that the
/// input's type cannot hold.
Result<std::vector<InputRange>> input_ranges(const ir::Function& f,
                                             const std::vector<RangeOf>& given,
                                             double largest_integer = kUsualInteger);

}  // namespace corecast::api
