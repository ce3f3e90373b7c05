// Differences of values that are nearly the same: what is left are the digits that f16 drops.
#pragma once

#include <vector>

#include "ir/function.h"

namespace corecast::passes::precision {

/// Whether the op leaves the fraction of a number: x - floor(x), x - c * round(x / c), mod.
bool is_fraction(const ir::Function& f, ir::OpId op);

/// Ops of differences from a constant that a function is next to where it is flat, 1 - cos(x),
/// sqrt(1 + x^2) - 1, and of second moments less the square of the first, with what they are
/// computed from.
std::vector<ir::OpId> cancellations(const ir::Function& f);

}  // namespace corecast::passes::precision
