// The inner loops of palettisation. Included only by palette_<isa>.cpp (see base/simd.h).
#pragma once

#include "base/simd.h"
#include "compress/cpu/palette_kernels.h"
#include "compress/cpu/palette_walk.h"

namespace corecast::compress::CC_SIMD {

using namespace corecast::cpu::CC_SIMD;  // NOLINT(google-build-using-namespace)

/// The number of limits below x, by halving.
template <class T>
CC_INLINE std::uint8_t count_below(T x, const T* limits, int bits) {
  unsigned index = 0;
  for (unsigned step = 1u << (bits - 1); step > 0; step /= 2)
    index += limits[index + step - 1] < x ? step : 0;
  return static_cast<std::uint8_t>(index);
}

CC_INLINE std::int16_t key_of(std::uint16_t code) {
  const int magnitude = code & 0x7fff;
  return static_cast<std::int16_t>(code & 0x8000 ? -magnitude : magnitude);
}

#if defined(__AVX512BW__)

CC_INLINE __m512i load_keys(const std::uint16_t* codes, __mmask32 m) {
  const __m512i x = _mm512_maskz_loadu_epi16(m, codes);
  const __m512i magnitude = _mm512_and_si512(x, _mm512_set1_epi16(0x7fff));
  return _mm512_mask_sub_epi16(magnitude, _mm512_movepi16_mask(x), _mm512_setzero_si512(),
                               magnitude);
}

/// Up to 32 entries of a table in one register; two of them for 64. Each step looks a limit up.
template <int Bits>
void assign_keys(const std::uint16_t* codes, std::int64_t n, const std::int16_t* limits,
                 std::uint8_t* indices) {
  constexpr int count = (1 << Bits) - 1;
  std::int16_t padded[64] = {};
  for (int i = 0; i < count; ++i) padded[i] = limits[i];
  const __m512i low = _mm512_loadu_si512(padded), high = _mm512_loadu_si512(padded + 32);
  for (std::int64_t i = 0; i < n; i += 32) {
    const std::int64_t left = n - i;
    const __mmask32 m = left >= 32 ? ~__mmask32{0} : (__mmask32{1} << left) - 1;
    const __m512i key = load_keys(codes + i, m);
    __m512i index = _mm512_setzero_si512();
    for (int step = 1 << (Bits - 1); step > 0; step /= 2) {
      const __m512i at = _mm512_add_epi16(index, _mm512_set1_epi16(static_cast<short>(step - 1)));
      const __m512i limit =
          Bits <= 5 ? _mm512_permutexvar_epi16(at, low) : _mm512_permutex2var_epi16(low, at, high);
      index = _mm512_mask_add_epi16(index, _mm512_cmplt_epi16_mask(limit, key), index,
                                    _mm512_set1_epi16(static_cast<short>(step)));
    }
    _mm256_mask_storeu_epi8(indices + i, m, _mm512_cvtepi16_epi8(index));
  }
}

inline constexpr int kMostBits = 6;

inline void assign_half(const std::uint16_t* codes, std::int64_t n, const std::int16_t* limits,
                        int bits, std::uint8_t* indices) {
  switch (bits) {
    case 1: return assign_keys<1>(codes, n, limits, indices);
    case 2: return assign_keys<2>(codes, n, limits, indices);
    case 3: return assign_keys<3>(codes, n, limits, indices);
    case 4: return assign_keys<4>(codes, n, limits, indices);
    case 6: return assign_keys<6>(codes, n, limits, indices);
    default:
      for (std::int64_t i = 0; i < n; ++i) indices[i] = count_below(key_of(codes[i]), limits, bits);
  }
}

/// 16 entries of a table in one register, 64 in four (two looked up at a time).
template <int Bits>
void assign_values(const float* values, std::int64_t n, const float* limits,
                   std::uint8_t* indices) {
  constexpr int count = (1 << Bits) - 1;
  float padded[64] = {};
  for (int i = 0; i < count; ++i) padded[i] = limits[i];
  const __m512 t0 = _mm512_loadu_ps(padded), t1 = _mm512_loadu_ps(padded + 16),
               t2 = _mm512_loadu_ps(padded + 32), t3 = _mm512_loadu_ps(padded + 48);
  for (std::int64_t i = 0; i < n; i += 16) {
    const std::int64_t left = n - i;
    const __mmask16 m = static_cast<__mmask16>(left >= 16 ? 0xffff : (1 << left) - 1);
    const __m512 x = _mm512_maskz_loadu_ps(m, values + i);
    __m512i index = _mm512_setzero_si512();
    for (int step = 1 << (Bits - 1); step > 0; step /= 2) {
      const __m512i at = _mm512_add_epi32(index, _mm512_set1_epi32(step - 1));
      __m512 limit = _mm512_permutexvar_ps(at, t0);
      if (Bits > 4) {
        const __mmask16 upper = _mm512_test_epi32_mask(at, _mm512_set1_epi32(32));
        limit = _mm512_mask_blend_ps(upper, _mm512_permutex2var_ps(t0, at, t1),
                                     _mm512_permutex2var_ps(t2, at, t3));
      }
      index = _mm512_mask_add_epi32(index, _mm512_cmp_ps_mask(limit, x, _CMP_LT_OQ), index,
                                    _mm512_set1_epi32(step));
    }
    _mm512_mask_cvtepi32_storeu_epi8(indices + i, m, index);
  }
}

inline void assign_float(const float* values, std::int64_t n, const float* limits, int bits,
                         std::uint8_t* indices) {
  switch (bits) {
    case 1: return assign_values<1>(values, n, limits, indices);
    case 2: return assign_values<2>(values, n, limits, indices);
    case 3: return assign_values<3>(values, n, limits, indices);
    case 4: return assign_values<4>(values, n, limits, indices);
    case 6: return assign_values<6>(values, n, limits, indices);
    default:
      for (std::int64_t i = 0; i < n; ++i) indices[i] = count_below(values[i], limits, bits);
  }
}

#else

// Compares with every limit; the compiler makes vectors of it.
inline constexpr int kMostBits = 4;

inline void assign_half(const std::uint16_t* codes, std::int64_t n, const std::int16_t* limits,
                        int bits, std::uint8_t* indices) {
  if (bits > kMostBits) {
    for (std::int64_t i = 0; i < n; ++i) indices[i] = count_below(key_of(codes[i]), limits, bits);
    return;
  }
  const int count = (1 << bits) - 1;
  constexpr int width = 64;
  std::int64_t i = 0;
  for (; i + width <= n; i += width) {
    std::int16_t keys[width], sums[width] = {};
    for (int j = 0; j < width; ++j) {
      const int sign = -(codes[i + j] >> 15), magnitude = codes[i + j] & 0x7fff;
      keys[j] = static_cast<std::int16_t>((magnitude ^ sign) - sign);
    }
    for (int t = 0; t < count; ++t) {
      const std::int16_t limit = limits[t];
      for (int j = 0; j < width; ++j)
        sums[j] = static_cast<std::int16_t>(sums[j] + (limit < keys[j] ? 1 : 0));
    }
    for (int j = 0; j < width; ++j) indices[i + j] = static_cast<std::uint8_t>(sums[j]);
  }
  for (; i < n; ++i) indices[i] = count_below(key_of(codes[i]), limits, bits);
}

inline void assign_float(const float* values, std::int64_t n, const float* limits, int bits,
                         std::uint8_t* indices) {
  if (bits > kMostBits) {
    for (std::int64_t i = 0; i < n; ++i) indices[i] = count_below(values[i], limits, bits);
    return;
  }
  const int count = (1 << bits) - 1;
  constexpr int width = 32;
  std::int64_t i = 0;
  for (; i + width <= n; i += width) {
    std::int32_t sums[width] = {};
    for (int t = 0; t < count; ++t) {
      const float limit = limits[t];
      for (int j = 0; j < width; ++j) sums[j] += limit < values[i + j] ? 1 : 0;
    }
    for (int j = 0; j < width; ++j) indices[i + j] = static_cast<std::uint8_t>(sums[j]);
  }
  for (; i < n; ++i) indices[i] = count_below(values[i], limits, bits);
}

#endif

#if defined(__AVX512BW__)

/// The lanes of scaled_sums() for tables of at most 16 entries, which fit one register.
inline void scaled_lanes(const float* x, const float* weights, std::int64_t n, float inverse,
                         const float* limits, const float* entries, int bits, double* with,
                         double* own) {
  float padded[16] = {}, entry_of[16] = {};
  for (int e = 0; e < 1 << bits; ++e) {
    entry_of[e] = entries[e];
    if (e + 1 < 1 << bits) padded[e] = limits[e];
  }
  const __m512 steps = _mm512_loadu_ps(padded), table = _mm512_loadu_ps(entry_of);
  __m512d w0 = _mm512_setzero_pd(), w1 = w0, o0 = w0, o1 = w0;
  for (std::int64_t i = 0; i < n; i += 16) {
    const std::int64_t left = n - i;
    const __mmask16 m = static_cast<__mmask16>(left >= 16 ? 0xffff : (1 << left) - 1);
    const __m512 v = _mm512_maskz_loadu_ps(m, x + i);
    const __m512 scaled = _mm512_mul_ps(v, _mm512_set1_ps(inverse));
    __m512i index = _mm512_setzero_si512();
    for (int step = 1 << (bits - 1); step > 0; step /= 2) {
      const __m512i at = _mm512_add_epi32(index, _mm512_set1_epi32(step - 1));
      const __mmask16 above =
          _mm512_cmp_ps_mask(_mm512_permutexvar_ps(at, steps), scaled, _CMP_LT_OQ);
      index = _mm512_mask_add_epi32(index, above, index, _mm512_set1_epi32(step));
    }
    const __m512 entry = _mm512_maskz_permutexvar_ps(m, index, table);
    const __m512 weighted =
        weights ? _mm512_mul_ps(_mm512_maskz_loadu_ps(m, weights + i), entry) : entry;
    const auto low = [](__m512 f) { return _mm512_cvtps_pd(_mm512_castps512_ps256(f)); };
    const auto high = [](__m512 f) { return _mm512_cvtps_pd(_mm512_extractf32x8_ps(f, 1)); };
    w0 = _mm512_fmadd_pd(low(weighted), low(v), w0);
    w1 = _mm512_fmadd_pd(high(weighted), high(v), w1);
    o0 = _mm512_fmadd_pd(low(weighted), low(entry), o0);
    o1 = _mm512_fmadd_pd(high(weighted), high(entry), o1);
  }
  _mm512_store_pd(with, w0);
  _mm512_store_pd(with + 8, w1);
  _mm512_store_pd(own, o0);
  _mm512_store_pd(own + 8, o1);
}

#endif

/// Element i adds to lane i % 16, in all sets. Products of floats are exact in double, so that
/// fused and separate additions agree.
inline void scaled_sums(const float* x, const float* weights, std::int64_t n, float inverse,
                        const float* limits, const float* entries, int bits, double sums[2]) {
  alignas(64) double with[16] = {}, own[16] = {};
  std::int64_t i = 0;
#if defined(__AVX512BW__)
  if (bits <= 4) {
    scaled_lanes(x, weights, n, inverse, limits, entries, bits, with, own);
    i = n;
  }
#endif
  for (; i < n; i += 64) {
    const int count = n - i < 64 ? static_cast<int>(n - i) : 64;
    float scaled[64];
    std::uint8_t indices[64];
    for (int j = 0; j < count; ++j) scaled[j] = x[i + j] * inverse;
    assign_float(scaled, count, limits, bits, indices);
    for (int j = 0; j < count; ++j) {
      const float entry = entries[indices[j]];
      const float weighted = weights ? weights[i + j] * entry : entry;
      with[j % 16] += double{weighted} * double{x[i + j]};
      own[j % 16] += double{weighted} * double{entry};
    }
  }
  for (int half = 8; half > 0; half /= 2)
    for (int j = 0; j < half; ++j) {
      with[j] += with[j + half];
      own[j] += own[j + half];
    }
  sums[0] = with[0];
  sums[1] = own[0];
}

inline void look_up(const std::uint16_t* codes, std::int64_t n, const std::uint8_t* table,
                    std::uint8_t* indices) {
  std::int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    std::uint64_t a, b;
    std::memcpy(&a, codes + i, sizeof a);
    std::memcpy(&b, codes + i + 4, sizeof b);
    const auto at = [table](std::uint64_t code, int shift) {
      return std::uint64_t{table[code]} << shift;
    };
    const std::uint64_t packed = at(a & 0xffff, 0) | at((a >> 16) & 0xffff, 8) |
                                 at((a >> 32) & 0xffff, 16) | at(a >> 48, 24) | at(b & 0xffff, 32) |
                                 at((b >> 16) & 0xffff, 40) | at((b >> 32) & 0xffff, 48) |
                                 at(b >> 48, 56);
    std::memcpy(indices + i, &packed, sizeof packed);
  }
  for (; i < n; ++i) indices[i] = table[codes[i]];
}

/// Eight indices, one per byte, into the low 8 * bits bits: neighbours join, then pairs, then
/// fours.
template <int Bits>
CC_INLINE std::uint64_t join(std::uint64_t x) {
  constexpr std::uint64_t one = (1u << Bits) - 1u, two = (one << Bits) | one,
                          four = (two << (2 * Bits)) | two;
  const std::uint64_t pairs = (x & (one * 0x0001000100010001u)) |
                              ((x >> (8 - Bits)) & ((one << Bits) * 0x0001000100010001u));
  const std::uint64_t fours =
      (pairs & (two * 0x0000000100000001u)) |
      ((pairs >> (16 - 2 * Bits)) & ((two << (2 * Bits)) * 0x0000000100000001u));
  return (fours & four) | ((fours >> (32 - 4 * Bits)) & (four << (4 * Bits)));
}

template <int Bits>
void pack_bits(const std::uint8_t* indices, std::int64_t n, std::uint8_t* packed) {
  std::int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    std::uint64_t x;
    std::memcpy(&x, indices + i, sizeof x);
    const std::uint64_t joined = join<Bits>(x);
    std::memcpy(packed, &joined, Bits);  // little endian, as every platform of ours is
    packed += Bits;
  }
  if (i == n) return;
  std::uint64_t x = 0;
  std::memcpy(&x, indices + i, static_cast<std::size_t>(n - i));
  const std::uint64_t joined = join<Bits>(x);
  std::memcpy(packed, &joined, static_cast<std::size_t>(((n - i) * Bits + 7) / 8));
}

#if defined(__AVX512BW__)
/// 64 nibbles at a time.
template <>
inline void pack_bits<4>(const std::uint8_t* indices, std::int64_t n, std::uint8_t* packed) {
  std::int64_t i = 0;
  for (; i + 64 <= n; i += 64) {
    const __m512i x = _mm512_loadu_si512(indices + i);
    const __m512i pairs = _mm512_maddubs_epi16(x, _mm512_set1_epi16(0x1001));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(packed + i / 2), _mm512_cvtepi16_epi8(pairs));
  }
  for (; i < n; i += 2)
    packed[i / 2] = static_cast<std::uint8_t>(indices[i] | (i + 1 < n ? indices[i + 1] << 4 : 0));
}
#endif

inline void pack(const std::uint8_t* indices, std::int64_t n, int bits, std::uint8_t* packed) {
  if (n == 0) return;  // then there need not be any memory either
  switch (bits) {
    case 1: return pack_bits<1>(indices, n, packed);
    case 2: return pack_bits<2>(indices, n, packed);
    case 3: return pack_bits<3>(indices, n, packed);
    case 4: return pack_bits<4>(indices, n, packed);
    case 6: return pack_bits<6>(indices, n, packed);
    default: std::memcpy(packed, indices, static_cast<std::size_t>(n));
  }
}

constexpr PaletteKernels make_palette_kernels(Isa isa) {
  return {isa, kMostBits, assign_half, assign_float, look_up, scaled_sums, pack, walk};
}

}  // namespace corecast::compress::CC_SIMD
