// Moving weights into tiles and codes out of them. Included only by linear_<isa>.cpp.
#pragma once

#include "compress/cpu/linear_lanes.h"

namespace corecast::compress::linear_loops::CC_SIMD {

inline void widen(const std::uint16_t* x, float* y, std::int64_t n) {
  std::int64_t i = 0;
  for (; i + kWidth <= n; i += kWidth) store(y + i, load_half(x + i));
  if (i == n) return;
  std::uint16_t last[kWidth] = {};
  std::memcpy(last, x + i, static_cast<std::size_t>(n - i) * sizeof *x);
  store_n(y + i, load_half(last), static_cast<int>(n - i));
}

CC_INLINE F load_some(const float* x, std::int64_t n) {
  return n >= kWidth ? load(x) : load_n(x, static_cast<int>(n));
}
CC_INLINE F load_some(const std::uint16_t* x, std::int64_t n) {
  if (n >= kWidth) return load_half(x);
  std::uint16_t last[kWidth] = {};
  std::memcpy(last, x, static_cast<std::size_t>(n) * sizeof *x);
  return load_half(last);
}

template <std::size_t... J>
CC_INLINE F zip_low(F a, F b, std::index_sequence<J...>) {
  return __builtin_shufflevector(a, b, static_cast<int>(J / 2 + (J & 1) * kWidth)...);
}
template <std::size_t... J>
CC_INLINE F zip_high(F a, F b, std::index_sequence<J...>) {
  return __builtin_shufflevector(a, b, static_cast<int>(J / 2 + (J & 1) * kWidth + kWidth / 2)...);
}
/// Zipping the halves of a square log2(size) times transposes it.
CC_INLINE void transpose(F (&r)[kWidth]) {
  constexpr auto lanes = std::make_index_sequence<kWidth>();
#pragma GCC unroll 4
  for (int round = 1; round < kWidth; round *= 2) {
    F t[kWidth];
#pragma GCC unroll 8
    for (int i = 0; i < kWidth / 2; ++i) {
      t[2 * i] = zip_low(r[i], r[i + kWidth / 2], lanes);
      t[2 * i + 1] = zip_high(r[i], r[i + kWidth / 2], lanes);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kWidth; ++i) r[i] = t[i];
  }
}

template <class T>
CC_INLINE void rows_to_tile(const T* x, std::int64_t n, int lanes, float* tile) {
  for (int first = 0; first < kLanes; first += kWidth) {
    for (std::int64_t k = 0; k < n; k += kWidth) {
      F r[kWidth];
#pragma GCC unroll 16
      for (int j = 0; j < kWidth; ++j) {
        const int lane = first + j < lanes ? first + j : lanes - 1;
        r[j] = load_some(x + lane * n + k, n - k);
      }
      transpose(r);
      const std::int64_t count = n - k < kWidth ? n - k : kWidth;
      if (count == kWidth) {
#pragma GCC unroll 16
        for (int j = 0; j < kWidth; ++j) store(tile + (k + j) * kLanes + first, r[j]);
      } else {
        for (int j = 0; j < count; ++j) store(tile + (k + j) * kLanes + first, r[j]);
      }
    }
  }
}
inline void tile_of_rows(const float* x, std::int64_t n, int lanes, float* tile) {
  rows_to_tile(x, n, lanes, tile);
}
inline void tile_of_half_rows(const std::uint16_t* x, std::int64_t n, int lanes, float* tile) {
  rows_to_tile(x, n, lanes, tile);
}

typedef std::uint8_t Bytes __attribute__((vector_size(16), may_alias));

CC_INLINE void rows_of_16_codes(const std::uint8_t* codes, std::uint8_t* rows, std::int64_t n) {
  Bytes r[16];
  std::memcpy(r, codes, sizeof r);
#pragma GCC unroll 4
  for (int round = 0; round < 4; ++round) {
    Bytes t[16];
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) {
      t[2 * i] = __builtin_shufflevector(r[i], r[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21,
                                         6, 22, 7, 23);
      t[2 * i + 1] = __builtin_shufflevector(r[i], r[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28,
                                             13, 29, 14, 30, 15, 31);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) r[i] = t[i];
  }
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) std::memcpy(rows + i * n, &r[i], sizeof r[i]);
}
inline void rows_of_codes(const std::uint8_t* codes, std::int64_t n, std::uint8_t* rows) {
  std::int64_t k = 0;
  for (; k + 16 <= n; k += 16) rows_of_16_codes(codes + k * kLanes, rows + k, n);
  for (; k < n; ++k)
    for (int j = 0; j < kLanes; ++j) rows[j * n + k] = codes[k * kLanes + j];
}

inline void pack_pairs(const std::uint8_t* codes, std::int64_t bytes, std::uint8_t* out) {
  for (std::int64_t i = 0; i < bytes; ++i)
    out[i] = static_cast<std::uint8_t>((codes[2 * i] & 15) | (codes[2 * i + 1] << 4));
}

CC_INLINE void store_codes(std::uint8_t* out, const V& integers) {
#if defined(__AVX512F__)
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out),
                   _mm512_cvtepi32_epi8((__m512i)to_int(integers.p[0])));
#else
  typedef std::uint8_t Narrow __attribute__((vector_size(kWidth)));
  CC_EACH {
    const Narrow b = __builtin_convertvector(to_int(integers.p[i]), Narrow);
    std::memcpy(out + i * kWidth, &b, sizeof b);
  }
#endif
}

}  // namespace corecast::compress::linear_loops::CC_SIMD
