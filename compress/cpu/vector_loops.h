// The bodies behind vector_kernels.h. Included only by vector_kernels_<isa>.cpp (base/simd.h).
#pragma once

#include "base/simd.h"
#include "compress/cpu/vector_kernels.h"

namespace corecast::compress::CC_SIMD {

using namespace cpu::CC_SIMD;  // NOLINT(google-build-using-namespace)

inline void half_to_float(const std::uint16_t* x, float* y, std::int64_t n) {
  std::int64_t i = 0;
  for (; i + kWidth <= n; i += kWidth) store(y + i, load_half(x + i));
  if (i == n) return;
  std::uint16_t rest[kWidth] = {};
  const int tail = static_cast<int>(n - i);
  std::memcpy(rest, x + i, static_cast<std::size_t>(tail) * sizeof rest[0]);
  store_n(y + i, load_half(rest), tail);
}

template <int V, bool W>
CC_INLINE F squared_distance(const F* x, const F* w, const float* entry) {
  F d{};
#pragma GCC unroll 8
  for (int j = 0; j < V; ++j) {
    const F e = x[j] - set1(entry[j]);
    F square = e * e;
    if constexpr (W) square = square * w[j];
    d = j == 0 ? square : d + square;
  }
  return d;
}

template <int V, bool W>
CC_INLINE void load_vectors(const VectorBlock& b, std::int64_t i, F* x, F* w) {
#pragma GCC unroll 8
  for (int j = 0; j < V; ++j) {
    x[j] = load(b.x + j * b.stride + i);
    if constexpr (W) w[j] = load(b.w + j * b.w_stride + i);
  }
}

template <int V, bool W>
CC_INLINE void assign_block(const VectorBlock& b, const float* entries, int k, std::uint8_t* index,
                            float* distance) {
  // Comparisons wait for each other; several groups of lanes at once hide that.
  constexpr int groups = V == 2 && kWidth <= 8 ? 2 : kWidth == 4 ? 2 : 1;
  for (std::int64_t i = 0; i < b.n; i += groups * kWidth) {
    F x[groups][V], w[groups][V], best[groups];
    I at[groups];
#pragma GCC unroll 2
    for (int g = 0; g < groups; ++g) {
      load_vectors<V, W>(b, i + g * kWidth, x[g], w[g]);
      best[g] = squared_distance<V, W>(x[g], w[g], entries);
      at[g] = I{};
    }
    for (int e = 1; e < k; ++e) {
      const I mark = set1i(e);
#pragma GCC unroll 2
      for (int g = 0; g < groups; ++g) {
        const F d = squared_distance<V, W>(x[g], w[g], entries + e * V);
        const I nearer = d < best[g];
        best[g] = select(nearer, d, best[g]);
        at[g] = select(nearer, mark, at[g]);
      }
    }
#pragma GCC unroll 2
    for (int g = 0; g < groups; ++g) {
      store(distance + i + g * kWidth, best[g]);
      for (int l = 0; l < kWidth; ++l)
        index[i + g * kWidth + l] = static_cast<std::uint8_t>(at[g][l]);
    }
  }
}

template <int V>
inline void assign(const VectorBlock& b, const float* entries, int k, std::uint8_t* index,
                   float* distance) {
  if (b.w)
    assign_block<V, true>(b, entries, k, index, distance);
  else
    assign_block<V, false>(b, entries, k, index, distance);
}

template <int V, bool W>
CC_INLINE void relax_block(const VectorBlock& b, const float* entry, const float* nearest,
                           float* out, float* sums) {
  constexpr int lanes = kVectorPad / kWidth;
  for (std::int64_t begin = 0; begin < b.n; begin += kSeedBlock) {
    const std::int64_t end = begin + kSeedBlock < b.n ? begin + kSeedBlock : b.n;
    F total[lanes] = {};
    for (std::int64_t i = begin; i < end; i += kVectorPad) {
#pragma GCC unroll 4
      for (int l = 0; l < lanes; ++l) {
        F x[V], w[V];
        load_vectors<V, W>(b, i + l * kWidth, x, w);
        const F d = squared_distance<V, W>(x, w, entry);
        const F before = load(nearest + i + l * kWidth);
        const F now = select(d < before, d, before);
        store(out + i + l * kWidth, now);
        total[l] = total[l] + now;
      }
    }
    // Sixteen partial sums, then a tree: the same order whatever the width.
    float partial[kVectorPad];
    for (int l = 0; l < lanes; ++l) store(partial + l * kWidth, total[l]);
    for (int h = kVectorPad / 2; h > 0; h /= 2)
      for (int i = 0; i < h; ++i) partial[i] += partial[i + h];
    sums[begin / kSeedBlock] = partial[0];
  }
}

template <int V>
inline void relax(const VectorBlock& b, const float* entry, const float* nearest, float* out,
                  float* sums) {
  if (b.w)
    relax_block<V, true>(b, entry, nearest, out, sums);
  else
    relax_block<V, false>(b, entry, nearest, out, sums);
}

inline void bins(const float* x, std::int64_t n, float lo, float scale, float last,
                 std::int32_t* bin) {
  const F magic = set1(12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer
  for (std::int64_t i = 0; i < n; i += kWidth) {
    const F at = (load(x + i) - set1(lo)) * set1(scale);
    const F inside = at_most(at_least(at, set1(0)), set1(last));
    const I rounded = (bits(inside + magic)) & set1i(0x3fffff);
    std::memcpy(bin + i, &rounded, sizeof rounded);
  }
}

constexpr VectorKernels make_vector_kernels(Isa isa) {
  VectorKernels k{};
  k.isa = isa;
  k.half_to_float = half_to_float;
  k.assign[0] = assign<2>;
  k.assign[1] = assign<4>;
  k.assign[2] = assign<8>;
  k.relax[0] = relax<2>;
  k.relax[1] = relax<4>;
  k.relax[2] = relax<8>;
  k.bins = bins;
  return k;
}

}  // namespace corecast::compress::CC_SIMD
