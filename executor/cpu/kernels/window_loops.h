// One row of output pixels of depthwise convolution and pooling on blocked channels.
// Included only by per-ISA files (see simd.h).
#pragma once

#include "base/simd.h"
#include "executor/cpu/kernels/kernels.h"

namespace corecast::cpu::CC_SIMD {

struct Depthwise {
  static constexpr bool weights = true;
  CC_INLINE static F start(F bias) { return bias; }
  CC_INLINE static F step(F acc, F x, F w) { return fma(x, w, acc); }
};
struct SumWindow {
  static constexpr bool weights = false;
  CC_INLINE static F start(F) { return F{}; }
  CC_INLINE static F step(F acc, F x, F) { return acc + x; }
};
struct MaxWindow {
  static constexpr bool weights = false;
  CC_INLINE static F start(F) { return set1(-__builtin_inff()); }
  CC_INLINE static F step(F acc, F x, F) { return select(is_nan(acc), acc, at_least(x, acc)); }
};

template <class Op, int P>
CC_INLINE void window_pixels(const WindowArgs& t, const float* x, std::int64_t pixel) {
  F acc[P];
  const F bias = t.bias ? load(t.bias) : F{};
#pragma GCC unroll 8
  for (int p = 0; p < P; ++p) acc[p] = Op::start(bias);
  const std::int64_t step = t.x_pixel;
  for (std::int64_t i = 0; i < t.kh; ++i) {
    const float* xp = x + i * t.x_row;
    const float* w = t.w + i * t.w_row;
    for (std::int64_t j = 0; j < t.kw; ++j) {
      const F wv = Op::weights ? load(w) : F{};
#pragma GCC unroll 8
      for (int p = 0; p < P; ++p) acc[p] = Op::step(acc[p], load(xp + p * step), wv);
      xp += t.x_tap;
      w += kWidth;
    }
  }
  const F scale = set1(t.scale);
  const F lo = set1(t.lo);
  const F hi = set1(t.hi);
#pragma GCC unroll 8
  for (int p = 0; p < P; ++p) {
    const std::int64_t at = (pixel + p) * kWidth;
    F v = acc[p] * scale;
    if (t.residual) v += load(t.residual + at);
    store(t.y + at, at_most(at_least(v, lo), hi));
  }
}

template <class Op>
void window_row(const WindowArgs& t) {
  std::int64_t pixel = 0;
  const float* x = t.x;
  for (; pixel + 8 <= t.pixels; pixel += 8, x += 8 * t.x_pixel) window_pixels<Op, 8>(t, x, pixel);
  for (; pixel + 4 <= t.pixels; pixel += 4, x += 4 * t.x_pixel) window_pixels<Op, 4>(t, x, pixel);
  for (; pixel < t.pixels; ++pixel, x += t.x_pixel) window_pixels<Op, 1>(t, x, pixel);
}

}  // namespace corecast::cpu::CC_SIMD
