// Bounds of functions of one or two numbers, for the rooms that state them.
#pragma once

#include "ops/detail/common.h"

namespace corecast::op {

/// With room for the rounding of a few f64 operations.
Interval relaxed(const Interval& a);
/// f(x) for an f that never falls and whose results lie in `limits`.
Interval rising_within(const Interval& x, double (*f)(double), const Interval& limits);
/// x * f(x) with f in [0, 1], which nowhere falls below `least`.
Interval gated_bounds(const Interval& x, double least);
/// x / y; everything where y may be 0.
Interval quotient_bounds(const Interval& x, const Interval& y);
/// x to the power of y; everything where x may be negative, unless y is one whole number.
Interval power_bounds(const Interval& x, const Interval& y);
/// x modulo y; `whole`: of integers.
Interval modulo_bounds(const Interval& x, const Interval& y, bool whole);
/// Places along an axis.
Interval place_bounds(const BoundsContext& c, ValueId x, std::int64_t axis);

}  // namespace corecast::op
