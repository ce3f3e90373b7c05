#include "ir/interval.h"

#include <algorithm>
#include <cmath>

#include "ir/tensor.h"

namespace corecast::ir {
namespace {

/// Sums and products of infinities may be NaN; then nothing is known.
Interval checked(double lo, double hi) {
  constexpr Interval everything;
  return {std::isnan(lo) ? everything.lo : lo, std::isnan(hi) ? everything.hi : hi};
}

double product(double a, double b) { return a == 0 || b == 0 ? 0 : a * b; }

}  // namespace

Interval hull(const Interval& a, const Interval& b) {
  return {std::min(a.lo, b.lo), std::max(a.hi, b.hi)};
}
Interval clamped(const Interval& a, double lo, double hi) {
  return {std::min(std::max(a.lo, lo), hi), std::min(std::max(a.hi, lo), hi)};
}
Interval operator+(const Interval& a, const Interval& b) {
  return checked(a.lo + b.lo, a.hi + b.hi);
}
Interval operator-(const Interval& a, const Interval& b) {
  return checked(a.lo - b.hi, a.hi - b.lo);
}
Interval operator*(const Interval& a, const Interval& b) {
  const auto [lo, hi] = std::minmax(
      {product(a.lo, b.lo), product(a.lo, b.hi), product(a.hi, b.lo), product(a.hi, b.hi)});
  return checked(lo, hi);
}
Interval operator-(const Interval& a) { return {-a.hi, -a.lo}; }
Interval abs(const Interval& a) {
  if (a.lo >= 0) return a;
  return a.hi <= 0 ? -a : Interval{0, std::max(-a.lo, a.hi)};
}
Interval max(const Interval& a, const Interval& b) {
  return {std::max(a.lo, b.lo), std::max(a.hi, b.hi)};
}
Interval min(const Interval& a, const Interval& b) {
  return {std::min(a.lo, b.lo), std::min(a.hi, b.hi)};
}
Interval rising(const Interval& a, double (*f)(double)) { return checked(f(a.lo), f(a.hi)); }

Interval range_of(DType dtype) {
  if (dtype == DType::boolean) return {0, 1};
  if (!is_integer(dtype)) return {};
  const bool has_sign = is_signed(dtype);
  const double end = std::ldexp(1.0, bits_of(dtype) - (has_sign ? 1 : 0));
  return {has_sign ? -end : 0, end - 1};
}

Interval fitted(const Interval& a, DType dtype) {
  if (is_floating(dtype)) {
    const auto rounded = [&](double v) { return Tensor::splat(dtype, {}, v).at(0); };
    return {rounded(a.lo), rounded(a.hi)};
  }
  const Interval range = range_of(dtype);
  // A computed number is truncated, so it may leave the interval by less than one.
  return clamped({std::floor(a.lo), std::ceil(a.hi)}, range.lo, range.hi);
}

}  // namespace corecast::ir
