#include "passes/precision/constants.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>
#include <span>
#include <vector>

#include "passes/fuse/weights.h"

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

/// The range of finite elements alone. Comparisons are false for NaNs, so those drop out.
void look_at_block(std::span<const float, kBlock> block, HalfRange& r) {
  typedef float V __attribute__((vector_size(16)));
  constexpr std::size_t width = 4, chains = 4;
  V most[chains] = {}, least[chains] = {};
  for (std::size_t i = 0; i < kBlock; i += chains * width) {
    for (std::size_t c = 0; c < chains; ++c) {
      V v;
      std::memcpy(&v, &block[i + c * width], sizeof v);
      most[c] = v > most[c] ? v : most[c];
      least[c] = v < least[c] ? v : least[c];
    }
  }
  float up = 0, down = 0;
  for (std::size_t c = 0; c < chains; ++c) {
    for (std::size_t i = 0; i < width; ++i) {
      up = std::max(up, most[c][i]);
      down = std::min(down, least[c][i]);
    }
  }
  if (std::isinf(up) || std::isinf(down)) {
    for (const float v : block) look_at(v, r);
    return;
  }
  r.most = std::max(r.most, static_cast<double>(up));
  r.least = std::min(r.least, static_cast<double>(down));
}

/// Elements [first, end) of an f32 buffer.
HalfRange half_range(const ir::Buffer& buffer, std::size_t first, std::size_t end) {
  HalfRange r;
  std::vector<float> part(std::min<std::size_t>(1 << 15, end - first));
  for (; first < end; first += part.size()) {
    const auto tile = std::span(part).first(std::min(part.size(), end - first));
    buffer.read(first * sizeof(float), std::as_writable_bytes(tile));
    std::size_t done = 0;
    for (; done + kBlock <= tile.size(); done += kBlock)  // more than a small tensor has
      look_at_block(tile.subspan(done).first<kBlock>(), r);
    for (const float v : tile.subspan(done)) look_at(v, r);
  }
  return r;
}

}  // namespace

HalfRange half_range(const ir::Tensor& t, ThreadPool& pool, const Stop& stop) {
  HalfRange r;
  if (t.dtype() != ir::DType::f32) {
    for (std::int64_t i = 0; i < t.count(); ++i) look_at(static_cast<float>(t.at(i)), r);
  } else if (t.count() > 0) {
    const auto buffer = fuse::in_any_order(t);
    std::mutex mutex;
    constexpr std::int64_t grain = 1 << 18;
    pool.parallel_for(t.count(), grain, [&](std::int64_t first, std::int64_t end) {
      if (stop.requested()) return;
      const HalfRange part =
          half_range(*buffer, static_cast<std::size_t>(first), static_cast<std::size_t>(end));
      const std::scoped_lock lock(mutex);
      r.most = std::max(r.most, part.most);
      r.least = std::min(r.least, part.least);
      r.worst_error = std::max(r.worst_error, part.worst_error);
      r.vanishes = r.vanishes || part.vanishes;
    });
    buffer->read(buffer->size(), {});  // read to its end: a mapped one may leave memory
  }
  r.count = t.count();
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
