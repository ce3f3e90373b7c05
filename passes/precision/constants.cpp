#include "passes/precision/constants.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <span>
#include <vector>

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

constexpr std::size_t kBlock = 1024;

/// The range of finite elements alone.
void look_at_block(std::span<const float, kBlock> block, HalfRange& r) {
  constexpr std::uint32_t kMagnitude = 0x7fffffffu, kInfinity = 0x7f800000u;
  std::uint32_t largest = 0;
  std::int32_t most = 0, least = 0;  // integers in the order of the floats: this vectorises
  for (std::size_t i = 0; i < kBlock; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(block[i]);
    largest = std::max(largest, bits & kMagnitude);
    const auto sign = static_cast<std::uint32_t>(static_cast<std::int32_t>(bits) >> 31);
    const auto ordered = static_cast<std::int32_t>(bits ^ (sign & kMagnitude));
    most = std::max(most, ordered);
    least = std::min(least, ordered);
  }
  if (largest >= kInfinity) {
    for (const float v : block) look_at(v, r);
    return;
  }
  const auto number = [](std::int32_t ordered) {
    const auto sign = static_cast<std::uint32_t>(ordered >> 31);
    return static_cast<double>(
        std::bit_cast<float>(static_cast<std::uint32_t>(ordered) ^ (sign & kMagnitude)));
  };
  r.most = std::max(r.most, number(most));
  r.least = std::min(r.least, number(least));
}

}  // namespace

HalfRange half_range(const ir::Tensor& t) {
  HalfRange r;
  r.count = t.count();
  if (t.dtype() != ir::DType::f32) {
    for (std::int64_t i = 0; i < t.count(); ++i) look_at(static_cast<float>(t.at(i)), r);
    return r;
  }
  std::vector<float> part(1 << 15);
  const auto total = static_cast<std::size_t>(t.count());
  for (std::size_t first = 0; first < total; first += part.size()) {
    const auto tile = std::span(part).first(std::min(part.size(), total - first));
    t.read(first * sizeof(float), std::as_writable_bytes(tile));
    std::size_t done = 0;
    for (; done + kBlock <= tile.size(); done += kBlock)  // more than a small tensor has
      look_at_block(tile.subspan(done).first<kBlock>(), r);
    for (const float v : tile.subspan(done)) look_at(v, r);
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
