// One vector abstraction over the compiler's vector extension: F holds kWidth floats, I as many
// ints. Included only by files compiled for one instruction set. Everything lives in a namespace
// named for the set, so that the linker can never take another set's copy of an inline function.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
// g++ 12 takes the deliberately undefined sources of its own intrinsics for a mistake.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
#endif

#if defined(__AVX512F__)
#define CC_SIMD simd_avx512
#define CC_SIMD_BYTES 64
#elif defined(__AVX2__)
#define CC_SIMD simd_avx2
#define CC_SIMD_BYTES 32
#else
#define CC_SIMD simd_generic
#define CC_SIMD_BYTES 16
#endif
#define CC_INLINE inline __attribute__((always_inline))

namespace corecast::cpu::CC_SIMD {

typedef float F __attribute__((vector_size(CC_SIMD_BYTES), may_alias));
typedef std::int32_t I __attribute__((vector_size(CC_SIMD_BYTES), may_alias));
inline constexpr int kWidth = CC_SIMD_BYTES / 4;

CC_INLINE F set1(float x) {
#if defined(__AVX512F__)
  return (F)_mm512_set1_ps(x);
#elif defined(__AVX2__)
  return (F)_mm256_set1_ps(x);
#else
  return F{x, x, x, x};
#endif
}
CC_INLINE I set1i(std::int32_t x) { return I{} + x; }

CC_INLINE F load(const float* p) {
  F v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
CC_INLINE void store(float* p, F v) { std::memcpy(p, &v, sizeof v); }

/// The first n (0 < n <= kWidth) floats; the rest is zero.
CC_INLINE F load_n(const float* p, int n) {
#if defined(__AVX512F__)
  return (F)_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1u), p);
#else
  F v{};
  std::memcpy(&v, p, static_cast<std::size_t>(n) * sizeof(float));
  return v;
#endif
}
CC_INLINE void store_n(float* p, F v, int n) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << n) - 1u), (__m512)v);
#else
  std::memcpy(p, &v, static_cast<std::size_t>(n) * sizeof(float));
#endif
}

CC_INLINE F fma(F a, F b, F c) {  // a * b + c
#if defined(__AVX512F__)
  return (F)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__AVX2__)
  return (F)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
  return a * b + c;
#endif
}

CC_INLINE I bits(F x) { return (I)x; }
CC_INLINE F from_bits(I x) { return (F)x; }
/// Lane by lane: m ? a : b, where m is the result of a vector comparison.
CC_INLINE F select(I m, F a, F b) { return m ? a : b; }
CC_INLINE I select(I m, I a, I b) { return m ? a : b; }
CC_INLINE F abs(F x) { return from_bits(bits(x) & set1i(0x7fffffff)); }
CC_INLINE F copysign(F magnitude, F sign) {
  return from_bits((bits(magnitude) & set1i(0x7fffffff)) | (bits(sign) & set1i(INT32_MIN)));
}
CC_INLINE I is_nan(F x) { return x != x; }

/// x clamped from below or above; a NaN in x passes through.
CC_INLINE F at_least(F x, F lo) {
#if defined(__AVX512F__)
  return (F)_mm512_max_ps((__m512)lo, (__m512)x);  // maxps returns its second operand on NaN
#elif defined(__AVX2__)
  return (F)_mm256_max_ps((__m256)lo, (__m256)x);
#else
  return select(lo > x, lo, x);
#endif
}
CC_INLINE F at_most(F x, F hi) {
#if defined(__AVX512F__)
  return (F)_mm512_min_ps((__m512)hi, (__m512)x);
#elif defined(__AVX2__)
  return (F)_mm256_min_ps((__m256)hi, (__m256)x);
#else
  return select(hi < x, hi, x);
#endif
}

CC_INLINE F sqrt(F x) {
#if defined(__AVX512F__)
  return (F)_mm512_sqrt_ps((__m512)x);
#elif defined(__AVX2__)
  return (F)_mm256_sqrt_ps((__m256)x);
#else
  F r;
  for (int i = 0; i < kWidth; ++i) r[i] = __builtin_sqrtf(x[i]);
  return r;
#endif
}

enum class Rounding { nearest, down, up, zero };
/// To an integral float. Large values, NaN and the sign of zero are kept.
template <Rounding R>
CC_INLINE F round(F x) {
#if defined(__AVX512F__)
  constexpr int mode = (R == Rounding::nearest ? 0
                        : R == Rounding::down  ? 1
                        : R == Rounding::up    ? 2
                                               : 3) |
                       8;
  return (F)_mm512_roundscale_ps((__m512)x, mode);
#elif defined(__AVX2__)
  constexpr int mode = (R == Rounding::nearest ? 0
                        : R == Rounding::down  ? 1
                        : R == Rounding::up    ? 2
                                               : 3) |
                       8;
  return (F)_mm256_round_ps((__m256)x, mode);
#else
  F r;
  for (int i = 0; i < kWidth; ++i)
    r[i] = R == Rounding::nearest ? __builtin_nearbyintf(x[i])
           : R == Rounding::down  ? __builtin_floorf(x[i])
           : R == Rounding::up    ? __builtin_ceilf(x[i])
                                  : __builtin_truncf(x[i]);
  return r;
#endif
}

/// Nearest even for |x| < 2^31.
CC_INLINE I to_int(F x) {
#if defined(__AVX512F__)
  return (I)_mm512_cvtps_epi32((__m512)x);
#elif defined(__AVX2__)
  return (I)_mm256_cvtps_epi32((__m256)x);
#else
  I r;
  for (int i = 0; i < kWidth; ++i) r[i] = static_cast<std::int32_t>(__builtin_nearbyintf(x[i]));
  return r;
#endif
}
CC_INLINE F to_float(I x) { return __builtin_convertvector(x, F); }

CC_INLINE float sum(F x) {
#if defined(__AVX512F__)
  return _mm512_reduce_add_ps((__m512)x);
#else
  for (int h = kWidth / 2; h > 0; h /= 2)
    for (int i = 0; i < h; ++i) x[i] += x[i + h];
  return x[0];
#endif
}
/// The largest lane; NaN if there is one.
CC_INLINE float largest(F x) {
  float r = x[0];
  for (int i = 1; i < kWidth; ++i) r = x[i] > r || x[i] != x[i] ? x[i] : r;
  return r;
}

/// IEEE half to float and back, kWidth at a time.
CC_INLINE F load_half(const std::uint16_t* p) {
#if defined(__AVX512F__)
  return (F)_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
#elif defined(__F16C__)
  return (F)_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
#else
  I h;
  for (int i = 0; i < kWidth; ++i) h[i] = p[i];
  // Shift exponent and mantissa into place; scaling by 2^112 mends the bias and the denormals.
  const I sign = (h & set1i(0x8000)) << 16;
  const I magnitude = h & set1i(0x7fff);
  const F scaled = from_bits(magnitude << 13) * from_bits(set1i(0x77800000));
  const I special = (magnitude << 13) | set1i(0x7f800000);
  const I quiet = select(magnitude > set1i(0x7c00), special | set1i(0x400000), special);
  return from_bits(select(magnitude >= set1i(0x7c00), quiet, bits(scaled)) | sign);
#endif
}
CC_INLINE void store_half(std::uint16_t* p, F x) {
#if defined(__AVX512F__)
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtps_ph((__m512)x, 0));
#elif defined(__F16C__)
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_cvtps_ph((__m256)x, 0));
#else
  const I sign = bits(x) & set1i(INT32_MIN);
  const I u = bits(x) ^ sign;
  // Below the normal range the addition of 0.5 rounds at the right bit; above it, integers do.
  const I small = bits(from_bits(u) + set1(0.5f)) - set1i(0x3f000000);
  const I odd = (u >> 13) & set1i(1);
  const I normal = (u + set1i(static_cast<std::int32_t>(0xc8000fffu)) + odd) >> 13;
  const I special =
      select(u > set1i(0x7f800000), set1i(0x7e00) | ((u >> 13) & set1i(0x3ff)), set1i(0x7c00));
  I h = select(u < set1i(113 << 23), small, normal);
  h = select(u >= set1i((127 + 16) << 23), special, h);
  h |= (sign >> 16) & set1i(0x8000);
  for (int i = 0; i < kWidth; ++i) p[i] = static_cast<std::uint16_t>(h[i]);
#endif
}

}  // namespace corecast::cpu::CC_SIMD
