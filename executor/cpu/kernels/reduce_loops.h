// Reductions over rows, and transposition. Included only by per-ISA files (see simd.h).
#pragma once

#include <utility>

#include "executor/cpu/kernels/kernels.h"
#include "executor/cpu/kernels/vmath.h"

namespace corecast::cpu::CC_SIMD {

/// Sums fn(x[i]) with four vectors of partial sums, in blocks of 1k whose totals add up in double:
/// the error stays near that of a pairwise sum however long the row is.
template <class Fn>
CC_INLINE float sum_map(const float* x, std::int64_t n, Fn fn) {
  constexpr std::int64_t kBlock = 1024;
  double total = 0;
  for (std::int64_t start = 0; start < n; start += kBlock) {
    const float* p = x + start;
    const std::int64_t m = n - start < kBlock ? n - start : kBlock;
    F s0{}, s1{}, s2{}, s3{};
    std::int64_t i = 0;
    for (; i + 4 * kWidth <= m; i += 4 * kWidth) {
      s0 += fn(load(p + i), i + start);
      s1 += fn(load(p + i + kWidth), i + start + kWidth);
      s2 += fn(load(p + i + 2 * kWidth), i + start + 2 * kWidth);
      s3 += fn(load(p + i + 3 * kWidth), i + start + 3 * kWidth);
    }
    for (; i + kWidth <= m; i += kWidth) s0 += fn(load(p + i), i + start);
    if (i < m) {
      const int rest = static_cast<int>(m - i);
      float tail[kWidth] = {};
      store_n(tail, fn(load_n(p + i, rest), i + start), rest);
      s1 += load(tail);
    }
    total += static_cast<double>(sum((s0 + s1) + (s2 + s3)));
    if (n <= kBlock) return static_cast<float>(total);
  }
  return static_cast<float>(total);
}

template <class Fn>
CC_INLINE F fold(const float* x, std::int64_t n, float start, Fn fn) {
  F acc = set1(start);
  std::int64_t i = 0;
  for (; i + kWidth <= n; i += kWidth) acc = fn(acc, load(x + i));
  if (i < n) {
    float tail[kWidth];
    store(tail, set1(start));
    std::memcpy(tail, x + i, static_cast<std::size_t>(n - i) * sizeof(float));
    acc = fn(acc, load(tail));
  }
  return acc;
}

CC_INLINE F max_nan(F a, F b) { return select(is_nan(a), a, at_least(b, a)); }
CC_INLINE F min_nan(F a, F b) { return select(is_nan(a), a, at_most(b, a)); }

inline float reduce_row(RowReduce op, const float* x, std::int64_t n) {
  switch (op) {
    case RowReduce::sum: return sum_map(x, n, [](F v, std::int64_t) { return v; });
    case RowReduce::sum_abs: return sum_map(x, n, [](F v, std::int64_t) { return abs(v); });
    case RowReduce::sum_square: return sum_map(x, n, [](F v, std::int64_t) { return v * v; });
    case RowReduce::max: return largest(fold(x, n, -__builtin_inff(), max_nan));
    case RowReduce::min: return -largest(-fold(x, n, __builtin_inff(), min_nan));
    case RowReduce::prod: break;
  }
  const F p = fold(x, n, 1.f, [](F a, F b) { return a * b; });
  float r = p[0];
  for (int i = 1; i < kWidth; ++i) r *= p[i];
  return r;
}

template <class Fn>
CC_INLINE void into(const float* x, float* acc, std::int64_t n, Fn fn) {
  std::int64_t i = 0;
  for (; i + kWidth <= n; i += kWidth) store(acc + i, fn(load(acc + i), load(x + i)));
  if (i < n) {
    const int rest = static_cast<int>(n - i);
    store_n(acc + i, fn(load_n(acc + i, rest), load_n(x + i, rest)), rest);
  }
}

inline void reduce_into(RowReduce op, const float* x, float* acc, std::int64_t n) {
  switch (op) {
    case RowReduce::sum: return into(x, acc, n, [](F a, F v) { return a + v; });
    case RowReduce::sum_abs: return into(x, acc, n, [](F a, F v) { return a + abs(v); });
    case RowReduce::sum_square: return into(x, acc, n, [](F a, F v) { return fma(v, v, a); });
    case RowReduce::max: return into(x, acc, n, max_nan);
    case RowReduce::min: return into(x, acc, n, min_nan);
    case RowReduce::prod: return into(x, acc, n, [](F a, F v) { return a * v; });
  }
}

inline float sum_square_diff(const float* x, float mean, std::int64_t n) {
  const F m = set1(mean);
  return sum_map(x, n, [=](F v, std::int64_t) {
    const F d = v - m;
    return d * d;
  });
}

inline float exp_sum(const float* x, float shift, float* y, std::int64_t n) {
  const F m = set1(shift);
  return sum_map(x, n, [=](F v, std::int64_t i) {
    const F e = exp(v - m);
    if (y) {
      if (i + kWidth <= n)
        store(y + i, e);
      else
        store_n(y + i, e, static_cast<int>(n - i));
    }
    return e;
  });
}

inline float dot(const float* a, const float* b, std::int64_t n) {
  return sum_map(a, n, [=](F v, std::int64_t i) {
    return v * (i + kWidth <= n ? load(b + i) : load_n(b + i, static_cast<int>(n - i)));
  });
}

template <int H, std::size_t... J>
CC_INLINE F first_halves(F a, F b, std::index_sequence<J...>) {
  return __builtin_shufflevector(
      a, b, ((J & H) ? static_cast<int>(kWidth + (J ^ H)) : static_cast<int>(J))...);
}
template <int H, std::size_t... J>
CC_INLINE F second_halves(F a, F b, std::index_sequence<J...>) {
  return __builtin_shufflevector(
      a, b, ((J & H) ? static_cast<int>(kWidth + J) : static_cast<int>(J ^ H))...);
}

/// Exchanges the off-diagonal H x H corners of every 2H x 2H block, then goes on with H / 2.
template <int H>
CC_INLINE void transpose_corners(F* r) {
  if constexpr (H > 0) {
    constexpr auto lanes_of = std::make_index_sequence<kWidth>();
#pragma GCC unroll 16
    for (int i = 0; i < kWidth; ++i) {
      if (i & H) continue;
      const F a = r[i];
      const F b = r[i + H];
      r[i] = first_halves<H>(a, b, lanes_of);
      r[i + H] = second_halves<H>(a, b, lanes_of);
    }
    transpose_corners<H / 2>(r);
  }
}

inline void transpose_block(const float* x, std::int64_t x_row, float* y, std::int64_t y_row) {
  F r[kWidth];
#pragma GCC unroll 16
  for (int i = 0; i < kWidth; ++i) r[i] = load(x + i * x_row);
  transpose_corners<kWidth / 2>(r);
#pragma GCC unroll 16
  for (int i = 0; i < kWidth; ++i) store(y + i * y_row, r[i]);
}

}  // namespace corecast::cpu::CC_SIMD
