// The loops of pruning. Included only by prune_<isa>.cpp (base/simd.h).
#pragma once

#include "base/simd.h"
#include "compress/cpu/prune_kernels.h"

namespace corecast::compress::prune_loops::CC_SIMD {

/// Bits of up to 8 elements.
template <class T>
CC_INLINE std::uint32_t keep_8(const T* x, std::int64_t n, std::uint32_t least) {
  std::uint32_t bits = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint32_t magnitude = x[i] & static_cast<T>(static_cast<T>(~T{0}) >> 1);
    bits |= static_cast<std::uint32_t>(magnitude >= least) << i;
  }
  return bits;
}

#if defined(__AVX512F__)
CC_INLINE std::uint32_t keep_32(const std::uint16_t* x, std::uint32_t least) {
  const __m512i magnitude =
      _mm512_and_si512(_mm512_loadu_si512(x), _mm512_set1_epi16(static_cast<short>(0x7fff)));
  return _mm512_cmpge_epu16_mask(magnitude, _mm512_set1_epi16(static_cast<short>(least)));
}
CC_INLINE std::uint32_t keep_32(const std::uint32_t* x, std::uint32_t least) {
  const __m512i sign_off = _mm512_set1_epi32(0x7fffffff);
  const __m512i t = _mm512_set1_epi32(static_cast<int>(least));
  const auto half = [&](const std::uint32_t* p) -> std::uint32_t {
    return _mm512_cmpge_epu32_mask(_mm512_and_si512(_mm512_loadu_si512(p), sign_off), t);
  };
  return half(x) | half(x + 16) << 16;
}
#elif defined(__AVX2__)
CC_INLINE std::uint32_t keep_32(const std::uint16_t* x, std::uint32_t least) {
  const __m256i t = _mm256_set1_epi16(static_cast<short>(static_cast<int>(least) - 1));
  const auto half = [&](const std::uint16_t* p) {
    const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    return _mm256_cmpgt_epi16(_mm256_and_si256(v, _mm256_set1_epi16(0x7fff)), t);
  };
  const __m256i both = _mm256_packs_epi16(half(x), half(x + 16));
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_permute4x64_epi64(both, 0xd8)));
}
#endif

template <class T>
CC_INLINE std::int64_t keep(const T* x, std::int64_t n, std::uint32_t least, std::uint8_t* bits) {
  std::int64_t kept = 0, i = 0;
#if defined(__AVX2__)
  constexpr bool wide = sizeof(T) == 2
#if defined(__AVX512F__)
                        || sizeof(T) == 4
#endif
      ;
  if constexpr (wide) {
    for (; i + 32 <= n; i += 32) {
      const std::uint32_t b = keep_32(x + i, least);
      std::memcpy(bits + i / 8, &b, sizeof b);
      kept += __builtin_popcount(b);
    }
  }
#endif
  for (; i < n; i += 8) {
    const std::uint32_t b = keep_8(x + i, n - i < 8 ? n - i : 8, least);
    bits[i / 8] = static_cast<std::uint8_t>(b);
    kept += __builtin_popcount(b);
  }
  return kept;
}
inline std::int64_t keep_halves(const std::uint16_t* x, std::int64_t n, std::uint32_t least,
                                std::uint8_t* bits) {
  if (least > 0x8000) least = 0x8000;  // no magnitude reaches it, and it fits
  return keep(x, n, least, bits);
}
inline std::int64_t keep_words(const std::uint32_t* x, std::int64_t n, std::uint32_t least,
                               std::uint8_t* bits) {
  return keep(x, n, least, bits);
}

/// See PruneKernels. Few are expected within.
inline std::int64_t count_halves(const std::uint16_t* x, std::int64_t n, std::uint32_t low,
                                 std::uint32_t high, std::uint32_t* bins) {
  std::int64_t below = 0, i = 0;
#if defined(__AVX2__)
  for (; i + 32 <= n; i += 32) {
    const std::uint32_t from = keep_32(x + i, low), beyond = keep_32(x + i, high);
    below += 32 - __builtin_popcount(from);
    for (std::uint32_t b = from & ~beyond; b != 0; b &= b - 1)
      ++bins[(x[i + __builtin_ctz(b)] & 0x7fffu) - low];
  }
#endif
  for (; i < n; ++i) {
    const std::uint32_t magnitude = x[i] & 0x7fffu;
    below += magnitude < low;
    if (magnitude >= low && magnitude < high) ++bins[magnitude - low];
  }
  return below;
}

#if defined(__AVX512F__)
/// Loads and stores of 16 elements as 32-bit lanes.
CC_INLINE __m512i load_16(const std::uint8_t* x) {
  return _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(x)));
}
CC_INLINE __m512i load_16(const std::uint16_t* x) {
  return _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(x)));
}
CC_INLINE __m512i load_16(const std::uint32_t* x) { return _mm512_loadu_si512(x); }
CC_INLINE void store_16(std::uint8_t* y, __mmask16 m, __m512i v) {
  _mm_mask_storeu_epi8(y, m, _mm512_cvtepi32_epi8(v));
}
CC_INLINE void store_16(std::uint16_t* y, __mmask16 m, __m512i v) {
  _mm256_mask_storeu_epi16(y, m, _mm512_cvtepi32_epi16(v));
}
CC_INLINE void store_16(std::uint32_t* y, __mmask16 m, __m512i v) {
  _mm512_mask_storeu_epi32(y, m, v);
}
#endif

/// `x` may be misaligned.
template <class T>
CC_INLINE void select(const T* x, const std::uint8_t* bits, std::int64_t n, T* out) {
  std::int64_t i = 0;
#if defined(__AVX512F__)
  for (; i + 16 <= n; i += 16) {
    std::uint16_t b;
    std::memcpy(&b, bits + i / 8, sizeof b);
    const int count = __builtin_popcount(b);
    // Through a register: compressing straight to memory is slow on some processors.
    const __m512i v = _mm512_maskz_compress_epi32(b, load_16(x + i));
    store_16(out, static_cast<__mmask16>((1u << count) - 1u), v);
    out += count;
  }
#endif
  for (; i < n; i += 8) {
    std::uint32_t b = bits[i / 8];
    if (n - i < 8) b &= (1u << (n - i)) - 1u;
    for (; b != 0; b &= b - 1) std::memcpy(out++, x + i + __builtin_ctz(b), sizeof(T));
  }
}
inline void select_bytes(const std::uint8_t* x, const std::uint8_t* bits, std::int64_t n,
                         std::uint8_t* out) {
  select(x, bits, n, out);
}
inline void select_halves(const std::uint16_t* x, const std::uint8_t* bits, std::int64_t n,
                          std::uint16_t* out) {
  select(x, bits, n, out);
}
inline void select_words(const std::uint32_t* x, const std::uint8_t* bits, std::int64_t n,
                         std::uint32_t* out) {
  select(x, bits, n, out);
}

#if defined(__AVX512F__)
/// AVX-512 with VBMI2 packs 16-bit elements themselves, 32 at a time. What follows is compiled for
/// it wherever this file is compiled for AVX-512; the table's maker asks the processor.
#define CC_VBMI2 __attribute__((target("avx512vbmi2")))

CC_VBMI2 inline std::int64_t count_halves_vbmi2(const std::uint16_t* x, std::int64_t n,
                                                std::uint32_t low, std::uint32_t high,
                                                std::uint32_t* bins) {
  constexpr int kHeld = 2048;  // so that counting, which waits for memory, has a loop of its own
  std::uint16_t held[kHeld + 32];
  int holds = 0;
  const auto flush = [&] {
    for (int k = 0; k < holds; ++k) ++bins[held[k] - low];
    holds = 0;
  };
  std::int64_t below = 0, i = 0;
  for (; i + 32 <= n; i += 32) {
    const std::uint32_t from = keep_32(x + i, low), beyond = keep_32(x + i, high);
    const std::uint32_t within = from & ~beyond;
    const __m512i v = _mm512_and_si512(_mm512_loadu_si512(x + i), _mm512_set1_epi16(0x7fff));
    below += 32 - __builtin_popcount(from);
    _mm512_storeu_si512(held + holds, _mm512_maskz_compress_epi16(within, v));
    holds += __builtin_popcount(within);
    if (holds > kHeld) flush();
  }
  flush();
  return below + count_halves(x + i, n - i, low, high, bins);
}

CC_VBMI2 inline void select_halves_vbmi2(const std::uint16_t* x, const std::uint8_t* bits,
                                         std::int64_t n, std::uint16_t* out) {
  std::int64_t i = 0;
  for (; i + 32 <= n; i += 32) {
    std::uint32_t b;
    std::memcpy(&b, bits + i / 8, sizeof b);
    const int count = __builtin_popcount(b);
    const __m512i v = _mm512_maskz_compress_epi16(b, _mm512_loadu_si512(x + i));
    _mm512_mask_storeu_epi16(out, static_cast<__mmask32>((std::uint64_t{1} << count) - 1), v);
    out += count;
  }
  select(x + i, bits + i / 8, n - i, out);
}
#endif

inline PruneKernels make_kernels(Isa isa) {
#if defined(__AVX512F__)
  if (__builtin_cpu_supports("avx512vbmi2"))
    return {isa,          keep_halves,         count_halves_vbmi2, keep_words,
            select_bytes, select_halves_vbmi2, select_words};
#endif
  return {isa, keep_halves, count_halves, keep_words, select_bytes, select_halves, select_words};
}

}  // namespace corecast::compress::prune_loops::CC_SIMD
