#include "ops/detail/curves.h"

#include <algorithm>
#include <cmath>

#include "ir/function.h"

namespace corecast::op {
namespace {

double largest(const Interval& x) { return std::max(std::fabs(x.lo), std::fabs(x.hi)); }

/// a / b for the ends of intervals; a limit where b is infinite.
double quotient(double a, double b) { return std::isinf(b) ? 0 : a / b; }

Interval hull_of(double a, double b, double c, double d) {
  const auto [lo, hi] = std::minmax({a, b, c, d});
  return std::isnan(a + b + c + d) ? Interval() : relaxed({lo, hi});
}

}  // namespace

Interval relaxed(const Interval& a) {
  constexpr double few = 8 * 0x1p-52;
  const auto moved = [](double v, double sign) {
    return std::isinf(v) ? v : v + sign * few * std::fabs(v);
  };
  return {moved(a.lo, -1), moved(a.hi, 1)};
}

Interval rising_within(const Interval& x, double (*f)(double), const Interval& limits) {
  return clamped(relaxed(rising(x, f)), limits.lo, limits.hi);
}

Interval gated_bounds(const Interval& x, double least) {
  return {std::max(least, std::min(x.lo, 0.0)), std::max(x.hi, 0.0)};
}

Interval quotient_bounds(const Interval& x, const Interval& y) {
  if (y.contains(0)) return {};
  return hull_of(quotient(x.lo, y.lo), quotient(x.lo, y.hi), quotient(x.hi, y.lo),
                 quotient(x.hi, y.hi));
}

Interval power_bounds(const Interval& x, const Interval& y) {
  if (x.lo > 0 || (x.lo >= 0 && y.lo >= 0))
    return hull_of(std::pow(x.lo, y.lo), std::pow(x.lo, y.hi), std::pow(x.hi, y.lo),
                   std::pow(x.hi, y.hi));
  if (y.lo != y.hi || y.lo != std::floor(y.lo) || y.lo <= 0 || y.lo > 64) return {};
  const double most = std::pow(largest(x), y.lo);
  if (std::fmod(y.lo, 2) == 0) return relaxed({0, most});
  return relaxed({std::pow(x.lo, y.lo), std::pow(x.hi, y.lo)});
}

Interval modulo_bounds(const Interval& x, const Interval& y, bool whole) {
  Interval out = hull(y, Interval::only(0));
  if (whole) out = {std::min(out.lo + 1, 0.0), std::max(out.hi - 1, 0.0)};
  // What is smaller than the divisor stays.
  if (x.lo >= 0 && y.lo > 0) out.hi = std::min(out.hi, x.hi);
  return out;
}

Interval place_bounds(const BoundsContext& c, ValueId x, std::int64_t axis) {
  const Shape& shape = c.f.type(x).shape;
  const auto rank = static_cast<std::int64_t>(shape.size());
  const std::int64_t at = axis < 0 ? axis + rank : axis;
  if (at < 0 || at >= rank) return bounds::at_least(0);
  const auto size = shape[static_cast<std::size_t>(at)].upper_bound();
  return size ? Interval{0, std::max(static_cast<double>(*size) - 1, 0.0)} : bounds::at_least(0);
}

}  // namespace corecast::op
