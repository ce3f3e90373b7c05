#include "passes/precision/constants.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace corecast::passes::precision {
namespace {

constexpr std::int64_t kSmallTensor = 400;

double rounded(double v) {
  return static_cast<double>(ir::to_float(ir::to_half(static_cast<float>(v))));
}

void look_at(float v, HalfRange& r) {
  if (!std::isfinite(v) || v == 0) return;
  const double x = static_cast<double>(v);
  r.most = std::max(r.most, x);
  r.least = std::min(r.least, x);
  const double size = std::fabs(x);
  if (size > 6.2e-5) return;  // normal in f16: fine, or beyond the range, which most and least tell
  const double y = rounded(x);
  r.vanishes = r.vanishes || y == 0;
  r.worst_error = std::max(r.worst_error, std::fabs(y - x) / size);
}

}  // namespace

HalfRange half_range(const ir::Tensor& t) {
  HalfRange r;
  r.count = t.count();
  if (t.dtype() != ir::DType::f32) {
    for (std::int64_t i = 0; i < t.count(); ++i) look_at(static_cast<float>(t.at(i)), r);
    return r;
  }
  constexpr std::size_t tile = 1 << 15;
  std::vector<float> part(tile);
  const auto total = static_cast<std::size_t>(t.count());
  for (std::size_t first = 0; first < total; first += tile) {
    const std::size_t n = std::min(tile, total - first);
    t.read(first * sizeof(float), std::as_writable_bytes(std::span(part.data(), n)));
    for (std::size_t i = 0; i < n; ++i) look_at(part[i], r);
  }
  return r;
}

ir::Tensor to_half(const ir::Tensor& t, const HalfRange& range, double limit) {
  const bool small = t.count() < kSmallTensor;
  if (!range.overflows() && !(small && range.vanishes)) return t.lazy_cast(ir::DType::f16);
  ir::Tensor out = ir::Tensor::empty(ir::DType::f16, t.dims());
  for (std::int64_t i = 0; i < t.count(); ++i) {
    double v = t.at(i);
    if (std::isfinite(v) && std::fabs(v) > kLargestHalf) v = std::copysign(limit, v);
    if (small && v != 0 && rounded(v) == 0) v = std::copysign(kSmallestHalf, v);
    out.set(i, v);
  }
  return out;
}

double to_half(double number) {
  if (!std::isfinite(number) || number == 0) return number;
  if (std::fabs(number) > kLargestHalf) return std::copysign(kLargestHalf, number);
  return rounded(number) == 0 ? std::copysign(kSmallestHalf, number) : number;
}

}  // namespace corecast::passes::precision
