// Intervals of real numbers: bounds of a tensor's elements.
#pragma once

#include <limits>

#include "ir/dtype.h"

namespace corecast::ir {

/// [lo, hi], either of which may be infinite. NaNs are not spoken of: an interval holds for the
/// other elements. Arithmetic is in f64, before a result is rounded to its type: see `fitted`.
struct Interval {
  double lo = -std::numeric_limits<double>::infinity();
  double hi = std::numeric_limits<double>::infinity();

  static Interval at_least(double v) { return {.lo = v}; }
  static Interval at_most(double v) { return {.hi = v}; }
  static Interval only(double v) { return {v, v}; }
  /// Nothing is known.
  bool is_everything() const { return *this == Interval(); }
  bool contains(double v) const { return v >= lo && v <= hi; }
  friend bool operator==(const Interval&, const Interval&) = default;
};

/// The smallest interval that holds both.
Interval hull(const Interval& a, const Interval& b);
/// Each element of `a` limited to [lo, hi].
Interval clamped(const Interval& a, double lo, double hi);
Interval operator+(const Interval& a, const Interval& b);
Interval operator-(const Interval& a, const Interval& b);
Interval operator*(const Interval& a, const Interval& b);
Interval operator-(const Interval& a);
Interval abs(const Interval& a);
/// Element by element, the larger (smaller).
Interval max(const Interval& a, const Interval& b);
Interval min(const Interval& a, const Interval& b);
/// f(a) for an f that never falls.
Interval rising(const Interval& a, double (*f)(double));
/// The numbers that the type has.
Interval range_of(DType dtype);
/// What is left of `a` when results are stored as `dtype`: limits are rounded to it, and those
/// beyond its range become its last numbers (for floats: infinities). Nothing wraps around.
Interval fitted(const Interval& a, DType dtype);

}  // namespace corecast::ir
