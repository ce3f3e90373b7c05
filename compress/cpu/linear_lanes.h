// V: 16 floats, whatever the width of a register, so that every instruction set computes the same.
// Included only by linear_<isa>.cpp (base/simd.h).
#pragma once

#include <utility>

#include "base/simd.h"
#include "compress/cpu/linear_kernels.h"

namespace corecast::compress::linear_loops::CC_SIMD {

using namespace cpu::CC_SIMD;  // NOLINT(google-build-using-namespace)

inline constexpr int kParts = kLanes / kWidth;

struct V {
  F p[kParts];
};
/// Lanes chosen: -1 or 0.
struct M {
  I p[kParts];
};

#define CC_EACH _Pragma("GCC unroll 4") for (int i = 0; i < kParts; ++i)
#define CC_LANEWISE(type, signature, ...) \
  CC_INLINE type signature {              \
    type r;                               \
    CC_EACH r.p[i] = __VA_ARGS__;         \
    return r;                             \
  }
CC_LANEWISE(V, splat(float x), set1(x))
CC_LANEWISE(V, load16(const float* x), load(x + i * kWidth))
CC_LANEWISE(V, operator+(const V& a, const V& b), a.p[i] + b.p[i])
CC_LANEWISE(V, operator-(const V& a, const V& b), a.p[i] - b.p[i])
CC_LANEWISE(V, operator*(const V& a, const V& b), a.p[i] * b.p[i])
CC_LANEWISE(V, operator/(const V& a, const V& b), a.p[i] / b.p[i])
CC_LANEWISE(V, operator-(const V& a), -a.p[i])
CC_LANEWISE(M, operator<(const V& a, const V& b), a.p[i] < b.p[i])
CC_LANEWISE(M, operator>(const V& a, const V& b), a.p[i] > b.p[i])
CC_LANEWISE(M, operator==(const V& a, const V& b), a.p[i] == b.p[i])
CC_LANEWISE(M, operator&(const M& a, const M& b), a.p[i] & b.p[i])
CC_LANEWISE(M, operator|(const M& a, const M& b), a.p[i] | b.p[i])
CC_LANEWISE(V, where(const M& m, const V& a, const V& b), select(m.p[i], a.p[i], b.p[i]))
CC_LANEWISE(V, abs(const V& a), cpu::CC_SIMD::abs(a.p[i]))
CC_LANEWISE(V, root(const V& a), cpu::CC_SIMD::sqrt(a.p[i]))
CC_LANEWISE(V, with_sign(const V& a, const V& sign), copysign(a.p[i], sign.p[i]))
/// The greater or the lesser of two numbers that are not NaN.
CC_LANEWISE(V, greater(const V& a, const V& b), at_least(a.p[i], b.p[i]))
CC_LANEWISE(V, lesser(const V& a, const V& b), at_most(a.p[i], b.p[i]))
/// The float `ulps` units of the last place of an f16 (f32: 0) further from 0.
CC_LANEWISE(V, further(const V& a, std::int32_t ulps),
            from_bits(bits(a.p[i]) + set1i(ulps * 0x2000)))
/// The last bits off, so that an f16 remains (towards 0; normal numbers).
CC_LANEWISE(V, truncate_to_half(const V& a), from_bits(bits(a.p[i]) & set1i(~0x1fff)))

CC_INLINE void store16(float* y, const V& a) { CC_EACH store(y + i * kWidth, a.p[i]); }
CC_INLINE bool any(const M& m) {
  I r = m.p[0];
  for (int i = 1; i < kParts; ++i) r |= m.p[i];
#if defined(__AVX512F__)
  return _mm512_test_epi32_mask((__m512i)r, (__m512i)r) != 0;
#elif defined(__AVX2__)
  return _mm256_testz_si256((__m256i)r, (__m256i)r) == 0;
#else
  std::int32_t lanes = 0;
  for (int i = 0; i < kWidth; ++i) lanes |= r[i];
  return lanes != 0;
#endif
}

/// To f16 and back.
CC_INLINE F round_half(F x) {
#if defined(__AVX512F__)
  return (F)_mm512_cvtph_ps(_mm512_cvtps_ph((__m512)x, 0));
#elif defined(__F16C__)
  return (F)_mm256_cvtph_ps(_mm256_cvtps_ph((__m256)x, 0));
#else
  const I sign = bits(x) & set1i(INT32_MIN);
  const I u = bits(x) ^ sign;
  const I small = bits((from_bits(u) + set1(0.5f)) - set1(0.5f));  // the last place of 0.5 is 2^-24
  const I normal = (u + set1i(0xfff) + ((u >> 13) & set1i(1))) & set1i(~0x1fff);
  const I r = select(u < set1i(113 << 23), small, normal);
  return from_bits(select(u >= set1i(0x477ff000), set1i(0x7f800000), r) | sign);
#endif
}
CC_LANEWISE(V, round_half(const V& a), round_half(a.p[i]))
template <bool Half>
CC_INLINE V stored(const V& a) {
  return Half ? round_half(a) : a;
}

/// To the nearest integer, ties to even, for |x| < 2^22: where floats have no fraction left.
CC_INLINE F nearest(F x) {
#if defined(__AVX2__)
  return cpu::CC_SIMD::round<cpu::CC_SIMD::Rounding::nearest>(x);
#else
  const F magic = set1(12582912.f);
  return (x + magic) - magic;
#endif
}
CC_LANEWISE(V, nearest(const V& a), nearest(a.p[i]))
CC_INLINE V clamp(const V& x, const V& lo, const V& hi) { return lesser(greater(x, lo), hi); }

template <int H, std::size_t... J>
CC_INLINE F partners(F a, std::index_sequence<J...>) {
  return __builtin_shufflevector(a, a, static_cast<int>(J ^ H)...);
}
template <int H, class Fn>
CC_INLINE V pair_up(const V& a, Fn fn) {
  V r;
  if constexpr (H >= kWidth) {
    CC_EACH r.p[i] = fn(a.p[i], a.p[i ^ (H / kWidth)]);
  } else {
    CC_EACH r.p[i] = fn(a.p[i], partners<H>(a.p[i], std::make_index_sequence<kWidth>()));
  }
  return r;
}
/// Every lane becomes fn over all lanes, in one fixed order.
template <class Fn>
CC_INLINE V across(const V& a, Fn fn) {
  return pair_up<1>(pair_up<2>(pair_up<4>(pair_up<8>(a, fn), fn), fn), fn);
}
CC_INLINE V folded_sum(const V& a, bool folded) {
  return folded ? across(a, [](F x, F y) { return x + y; }) : a;
}

/// Sums over the rows of a tile in a fixed order: `row(r, sums)` adds to partial sums, which are
/// added up every 64 rows, so that long blocks lose no digits.
template <int N, class Row>
CC_INLINE void sum_rows(std::int64_t rows, bool folded, V (&total)[N], Row row) {
  for (int k = 0; k < N; ++k) total[k] = V{};
  for (std::int64_t begin = 0; begin < rows; begin += 64) {
    const std::int64_t end = begin + 64 < rows ? begin + 64 : rows;
    V part[N] = {};
    for (std::int64_t r = begin; r < end; ++r) row(r, part);
    for (int k = 0; k < N; ++k) total[k] = total[k] + part[k];
  }
  for (int k = 0; k < N; ++k) total[k] = folded_sum(total[k], folded);
}

}  // namespace corecast::compress::linear_loops::CC_SIMD
