// Products with weights that stay small integers: 4 bits into tables of 16 numbers, or 8 bits with
// scales. Included only by per-ISA files (see simd.h).
#pragma once

#include "base/simd.h"
#include "executor/cpu/kernels/kernels.h"

namespace corecast::cpu::CC_SIMD {

/// 16 numbers, ready to be looked up.
struct Table16 {
  static constexpr int kParts = 16 / kWidth;
  F part[kParts];
};

CC_INLINE Table16 load_table(const float* p) {
  Table16 t;
#pragma GCC unroll 4
  for (int i = 0; i < Table16::kParts; ++i) t.part[i] = load(p + i * kWidth);
  return t;
}

/// The table's numbers for nibble J of each lane.
template <int J>
CC_INLINE F look_up(const Table16& t, I words) {
#if defined(__AVX512F__)
  const __m512i index = _mm512_srli_epi32((__m512i)words, 4 * J);  // the lowest 4 bits count
  return (F)_mm512_permutexvar_ps(index, (__m512)t.part[0]);
#elif defined(__AVX2__)
  const __m256i index = _mm256_srli_epi32((__m256i)words, 4 * J);  // the lowest 3 bits count
  const __m256 upper = _mm256_castsi256_ps(_mm256_slli_epi32((__m256i)words, 28 - 4 * J));
  return (F)_mm256_blendv_ps(_mm256_permutevar8x32_ps((__m256)t.part[0], index),
                             _mm256_permutevar8x32_ps((__m256)t.part[1], index), upper);
#else
  float numbers[16];
  for (int i = 0; i < Table16::kParts; ++i) store(numbers + i * kWidth, t.part[i]);
  F r;
  for (int i = 0; i < kWidth; ++i) r[i] = numbers[(words[i] >> (4 * J)) & 15];
  return r;
#endif
}

CC_INLINE F to_half_and_back(F x) {
#if defined(__AVX512F__)
  return (F)_mm512_cvtph_ps(_mm512_cvtps_ph((__m512)x, 0));
#else
  std::uint16_t h[kWidth];
  store_half(h, x);
  return load_half(h);
#endif
}

/// (x - offset) * scale of block `at`, as constexpr_blockwise_shift_scale rounds it.
CC_INLINE F shift_scale(const CodedArgs& t, F x, std::int64_t at) {
  if (t.offsets) x = x - set1(t.offsets[at]);
  x = x * set1(t.scales[at]);
  return t.round ? to_half_and_back(x) : x;
}

/// M rows of activations, R rows of the weight; parameters change every B vectors (0: never).
template <int M, int R, int B>
struct Coded4 {
  static constexpr int kSums = M * R >= 8 ? 1 : 2;  // of each output, for the latency of the fma

  const CodedArgs& t;
  const std::int32_t* codes[R];
  std::int64_t block[R];  // of the row's first block
  Table16 base[R], table[R];
  F sum[kSums][R][M] = {};
  std::int64_t inside = 0;  // vectors of the current block that are done

  CC_INLINE void next_block() {
    if (inside == 0) {
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
        for (int i = 0; i < Table16::kParts; ++i)
          table[r].part[i] = shift_scale(t, base[r].part[i], block[r]);
        ++block[r];
      }
    }
    inside += B;
    if (inside == t.block_vectors) inside = 0;
  }

  template <int J>
  CC_INLINE void step(const I* words, std::int64_t vector) {
    if constexpr (B > 0) {
      if constexpr (J % (B > 0 ? B : 1) == 0) next_block();
    }
    F x[M];
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) x[m] = load(t.x + m * t.x_row + (vector + J) * kWidth);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      const F w = look_up<J>(table[r], words[r]);
#pragma GCC unroll 4
      for (int m = 0; m < M; ++m) sum[J % kSums][r][m] = fma(w, x[m], sum[J % kSums][r][m]);
    }
  }

  CC_INLINE void run() {
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      const std::int64_t row = t.row + r < t.rows ? t.row + r : t.rows - 1;
      codes[r] = static_cast<const std::int32_t*>(t.codes) + row * t.code_row / 4;
      base[r] = table[r] = load_table(t.tables + row / t.rows_per_table * 16);
      block[r] = row * t.blocks;
    }
    for (std::int64_t v = 0; v < t.vectors; v += 8) {
      I words[R];
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) std::memcpy(&words[r], codes[r] + v / 8 * kWidth, sizeof(I));
      const std::int64_t n = t.vectors - v;
      step<0>(words, v);
      if (n >= 8) {
        step<1>(words, v), step<2>(words, v), step<3>(words, v), step<4>(words, v);
        step<5>(words, v), step<6>(words, v), step<7>(words, v);
        continue;
      }
      if (n > 1) step<1>(words, v);
      if (n > 2) step<2>(words, v);
      if (n > 3) step<3>(words, v);
      if (n > 4) step<4>(words, v);
      if (n > 5) step<5>(words, v);
      if (n > 6) step<6>(words, v);
    }
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m)
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r)
        t.y[m * t.y_row + r] =
            cpu::CC_SIMD::sum(kSums == 2 ? sum[0][r][m] + sum[kSums - 1][r][m] : sum[0][r][m]);
  }
};

template <int M, int B>
inline void coded4(const CodedArgs& t) {
  Coded4<M, weights_at_once(M), B> product{.t = t};
  product.run();
}

/// kWidth signed bytes as floats.
CC_INLINE F load_bytes(const std::int8_t* p) {
#if defined(__AVX512F__)
  return (F)_mm512_cvtepi32_ps(
      _mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
#elif defined(__AVX2__)
  return (F)_mm256_cvtepi32_ps(
      _mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
#else
  I q;
  for (int i = 0; i < kWidth; ++i) q[i] = p[i];
  return to_float(q);
#endif
}

/// As Coded4; B > 0.
template <int M, int B>
inline void coded8(const CodedArgs& t) {
  constexpr int R = weights_at_once(M);
  const std::int8_t* codes[R];
  std::int64_t block[R];
  F sum[R][M] = {};
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) {
    const std::int64_t row = t.row + r < t.rows ? t.row + r : t.rows - 1;
    codes[r] = static_cast<const std::int8_t*>(t.codes) + row * t.code_row;
    block[r] = row * t.blocks;
  }
  std::int64_t inside = 0, b = 0;
  for (std::int64_t first = 0; first < t.vectors; first += B) {
    F scale[R], offset[R];
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      scale[r] = set1(t.scales[block[r] + b]);
      offset[r] = t.offsets ? set1(t.offsets[block[r] + b]) : F{};
    }
    inside += B;
    if (inside == t.block_vectors) inside = 0, ++b;
    auto step = [&](std::int64_t v) __attribute__((always_inline)) {
      F x[M];
#pragma GCC unroll 4
      for (int m = 0; m < M; ++m) x[m] = load(t.x + m * t.x_row + v * kWidth);
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) {
        // Without an offset 0 is subtracted, which changes nothing.
        const F scaled = (load_bytes(codes[r] + v * kWidth) - offset[r]) * scale[r];
        const F w = t.round ? to_half_and_back(scaled) : scaled;
#pragma GCC unroll 4
        for (int m = 0; m < M; ++m) sum[r][m] = fma(w, x[m], sum[r][m]);
      }
    };
    if (first + B > t.vectors) {
      for (std::int64_t v = first; v < t.vectors; ++v) step(v);
      break;
    }
#pragma GCC unroll 8
    for (int j = 0; j < B; ++j) step(first + j);
  }
#pragma GCC unroll 4
  for (int m = 0; m < M; ++m)
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) t.y[m * t.y_row + r] = cpu::CC_SIMD::sum(sum[r][m]);
}

template <int M>
constexpr void fill_coded(CodedFn (*four)[5], CodedFn (*eight)[5]) {
  four[M][0] = coded4<M, 0>;
  four[M][1] = coded4<M, 1>;
  four[M][2] = coded4<M, 2>;
  four[M][3] = coded4<M, 4>;
  four[M][4] = coded4<M, 8>;
  eight[M][1] = coded8<M, 1>;
  eight[M][2] = coded8<M, 2>;
  eight[M][3] = coded8<M, 4>;
  eight[M][4] = coded8<M, 8>;
  if constexpr (M > 1) fill_coded<M - 1>(four, eight);
}

}  // namespace corecast::cpu::CC_SIMD
