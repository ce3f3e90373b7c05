// The batch-reduced matrix micro-kernel behind GEMM and convolution: a tile of MR rows and NV
// vectors of columns stays in registers while K runs.
//   C[r, :] = act(sum over batches b, over k of A_b[r, k] * B[b, k, :]  + bias + residual)
// Included only by per-ISA files (see simd.h).
#pragma once

#include "base/simd.h"
#include "executor/cpu/kernels/kernels.h"

namespace corecast::cpu::CC_SIMD {

#if defined(__AVX512F__)
inline constexpr int kTileRows = 14;  // 28 accumulators, 2 of B, 1 of A: 31 of 32 registers
#elif defined(__AVX2__)
inline constexpr int kTileRows = 6;  // 12 + 2 + 1 of 16
#else
inline constexpr int kTileRows = 4;
#endif
inline constexpr int kTileVectors = 2;

/// Few rows leave too few independent sums to hide the latency of an FMA: split K among U sets.
template <int MR>
inline constexpr int kSplit = MR == 1   ? 4
                              : MR <= 3 ? 2
                                        : 1;

template <int MR, int NV>
__attribute__((noinline)) void gemm_tile(const TileArgs& t) {
  constexpr int U = kSplit<MR>;
  F acc[U][MR][NV];
#pragma GCC unroll 4
  for (int u = 0; u < U; ++u)
#pragma GCC unroll 16
    for (int r = 0; r < MR; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < NV; ++v) acc[u][r][v] = F{};

  const float* b = t.b;
  const std::int64_t row = t.a_row;
  for (std::int64_t batch = 0; batch < t.batches; ++batch) {
    const float* a = t.a + (t.a_offsets ? t.a_offsets[batch] : 0);
    std::int64_t k = t.k;
    for (; k >= U; k -= U) {
#pragma GCC unroll 4
      for (int u = 0; u < U; ++u) {
        F bv[NV];
#pragma GCC unroll 4
        for (int v = 0; v < NV; ++v) bv[v] = load(b + (u * NV + v) * kWidth);
#pragma GCC unroll 16
        for (int r = 0; r < MR; ++r) {
          const F av = set1(a[u + r * row]);
#pragma GCC unroll 4
          for (int v = 0; v < NV; ++v) acc[u][r][v] = fma(av, bv[v], acc[u][r][v]);
        }
      }
      a += U;
      b += U * NV * kWidth;
    }
    for (; k > 0; --k) {
#pragma GCC unroll 16
      for (int r = 0; r < MR; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < NV; ++v)
          acc[0][r][v] = fma(set1(a[r * row]), load(b + v * kWidth), acc[0][r][v]);
      a += 1;
      b += NV * kWidth;
    }
  }

  const F lo = set1(t.lo);
  const F hi = set1(t.hi);
  const int tail = t.tail;  // columns of the last vector
#pragma GCC unroll 4
  for (int v = 0; v < NV; ++v) {
    const bool part = v == NV - 1 && tail != kWidth;
    F bias = F{};
    if (t.bias) bias = part ? load_n(t.bias + v * kWidth, tail) : load(t.bias + v * kWidth);
#pragma GCC unroll 16
    for (int r = 0; r < MR; ++r) {
      F x = acc[0][r][v];
#pragma GCC unroll 4
      for (int u = 1; u < U; ++u) x += acc[u][r][v];
      const std::int64_t at = r * t.c_row + v * t.c_vector;
      if (t.accumulate) x += part ? load_n(t.c + at, tail) : load(t.c + at);
      x += bias;
      if (t.row_bias) x += set1(t.row_bias[r]);
      if (t.residual) x += part ? load_n(t.residual + at, tail) : load(t.residual + at);
      x = at_most(at_least(x, lo), hi);
      if (part)
        store_n(t.c + at, x, tail);
      else
        store(t.c + at, x);
    }
  }
}

template <int MR>
constexpr void fill_tiles(TileFn (*table)[kMaxTileVectors + 1]) {
  table[MR][1] = gemm_tile<MR, 1>;
  table[MR][2] = gemm_tile<MR, 2>;
  if constexpr (MR > 1) fill_tiles<MR - 1>(table);
}

}  // namespace corecast::cpu::CC_SIMD
