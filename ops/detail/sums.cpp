#include "ops/detail/sums.h"

#include <algorithm>
#include <cmath>

#include "ir/function.h"

namespace corecast::op {
namespace {

/// The sum's ends with what f32 may add by rounding after each of `terms` additions. `size` bounds
/// the sum of the absolute values.
Interval with_rounding(const Interval& sum, double size, double terms, DType dtype) {
  if (!ir::is_floating(dtype)) return sum;
  constexpr double unit = 0x1p-23, most = 3e38;
  if (!(size < most)) return {sum.lo >= 0 ? 0 : Interval().lo, sum.hi <= 0 ? 0 : Interval().hi};
  const double error = std::min(terms, 0x1p20) * unit;
  // Numbers of one sign do not cancel: the error is one of the sum.
  const bool cancels = sum.lo < 0 && sum.hi > 0;
  const double low = error * (cancels ? size : std::fabs(sum.lo)),
               high = error * (cancels ? size : std::fabs(sum.hi));
  return {sum.lo - low, sum.hi + high};
}

double size_of(const Interval& x) { return std::max(std::fabs(x.lo), std::fabs(x.hi)); }

/// 0 times anything adds nothing.
double times(double a, double b) { return a == 0 || b == 0 ? 0 : a * b; }

}  // namespace

Interval sum_bounds(const Interval& each, double least, double most, DType dtype) {
  const Interval sum{std::min(times(least, each.lo), times(most, each.lo)),
                     std::max(times(least, each.hi), times(most, each.hi))};
  return with_rounding(sum, times(most, size_of(each)), most, dtype);
}

Interval sum_bounds(const Interval& each, const Shape& shape,
                    const std::optional<std::vector<std::int64_t>>& axes, DType dtype) {
  double least = 1, most = 1;
  const auto rank = static_cast<std::int64_t>(shape.size());
  for (std::int64_t i = 0; i < rank; ++i) {
    const bool added = !axes || std::any_of(axes->begin(), axes->end(), [&](std::int64_t a) {
      return (a < 0 ? a + rank : a) == i;
    });
    if (!added) continue;
    const Dim& d = shape[static_cast<std::size_t>(i)];
    least *= static_cast<double>(std::max<std::int64_t>(d.lower_bound().value_or(0), 0));
    const auto upper = d.upper_bound();
    most = upper ? times(most, static_cast<double>(*upper)) : Interval().hi;
  }
  return sum_bounds(each, least, most, dtype);
}

Interval weighted_sum_bounds(const BoundsContext& c, ValueId x, ValueId weight, ValueId bias,
                             const WeightLayout& layout) {
  // Padding adds zeros, and a tap that falls outside adds nothing.
  const Interval in = hull(c.of(x), Interval::only(0));
  const DType dtype = c.dtype(x);
  const double terms = static_cast<double>(layout.outer * layout.inner) + 1;
  const Tensor* w = c.f.constant(weight);
  const Tensor* b = bias ? c.f.constant(bias) : nullptr;
  const Interval shift = bias ? c.of(bias) : Interval::only(0);
  if (!w) {
    return sum_bounds(in * c.of(weight), 0, terms, dtype) + shift;
  }
  std::vector<double> up(static_cast<std::size_t>(layout.outputs)), down = up;
  for (std::int64_t i = 0; i < w->count(); ++i) {
    const double v = w->at(i);
    const auto o = static_cast<std::size_t>(i / layout.inner % layout.outputs);
    (v > 0 ? up : down)[o] += std::isnan(v) ? Interval().hi : v;
  }
  std::optional<Interval> all;
  for (std::size_t o = 0; o < up.size(); ++o) {
    const Interval own = b ? Interval::only(b->at(static_cast<std::int64_t>(o))) : shift;
    const Interval sum = in * Interval::only(up[o]) + in * Interval::only(down[o]) + own;
    const double size = times(up[o] - down[o], size_of(in)) + size_of(own);
    const Interval rounded = with_rounding(sum, size, terms, dtype);
    all = all ? hull(*all, rounded) : rounded;
  }
  return all.value_or(Interval());
}

}  // namespace corecast::op
