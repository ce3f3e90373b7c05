#include "executor/cpu/kernels/pad.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace corecast::cpu {

namespace {

/// The element of an axis that position `i` shows, counted from x's first one; -1: none.
std::int64_t source(PadMode mode, std::int64_t i, std::int64_t size) {
  if (i >= 0 && i < size) return i;
  if (mode == PadMode::constant) return -1;
  if (mode == PadMode::replicate) return std::clamp<std::int64_t>(i, 0, size - 1);
  return i < 0 ? -i : 2 * (size - 1) - i;
}

template <class T>
void pad_rows(ThreadPool& pool, const PadShape& s, T value, const T* x, T* y) {
  const std::size_t last = s.x.size() - 1;
  const std::int64_t in = s.x[last], out = s.y[last], before = s.before[last];
  const Dims strides = strides_of(s.x);
  std::int64_t rows = 1;
  for (std::size_t i = 0; i < last; ++i) rows *= s.y[i];
  const std::int64_t grain = std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, out));
  pool.parallel_for(rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      std::int64_t rest = r, at = 0;
      bool inside = true;
      for (std::size_t i = last; i-- > 0;) {
        const std::int64_t k = source(s.mode, rest % s.y[i] - s.before[i], s.x[i]);
        rest /= s.y[i];
        inside = inside && k >= 0;
        at += k * strides[i];
      }
      T* to = y + r * out;
      if (!inside) {
        std::fill_n(to, out, value);
        continue;
      }
      const T* from = x + at;
      auto edge = [&](std::int64_t i) {
        const std::int64_t k = source(s.mode, i - before, in);
        to[i] = k < 0 ? value : from[k];
      };
      for (std::int64_t i = 0; i < before; ++i) edge(i);
      std::memcpy(to + before, from, static_cast<std::size_t>(in) * sizeof(T));
      for (std::int64_t i = before + in; i < out; ++i) edge(i);
    }
  });
}

template <class T>
void pad_as(ThreadPool& pool, const PadShape& s, const void* value, const void* x, void* y) {
  T v;
  std::memcpy(&v, value, sizeof v);
  pad_rows(pool, s, v, static_cast<const T*>(x), static_cast<T*>(y));
}

}  // namespace

void pad(ThreadPool& pool, const PadShape& s, std::size_t element_size, const void* value,
         const void* x, void* y) {
  PadShape shape = s;
  if (shape.x.empty()) shape = {{1}, {1}, {0}, s.mode};  // a scalar
  for (const auto d : shape.y)
    if (d == 0) return;
  switch (element_size) {
    case 1: return pad_as<std::uint8_t>(pool, shape, value, x, y);
    case 2: return pad_as<std::uint16_t>(pool, shape, value, x, y);
    case 4: return pad_as<std::uint32_t>(pool, shape, value, x, y);
    case 8: return pad_as<std::uint64_t>(pool, shape, value, x, y);
    default: CC_UNREACHABLE("element size");
  }
}

}  // namespace corecast::cpu
