// Transcendental functions on vectors, within a few ulp, with IEEE results for NaN and infinities.
// Included only by per-ISA files (see simd.h). Polynomials: Cephes (single precision), and for erf
// the two-piece minimax form; the tests hold the bounds.
#pragma once

#include "base/simd.h"

namespace corecast::cpu::CC_SIMD {

/// 2^n for integral n in [-252, 254], in two factors so that denormal results round once.
struct TwoPower {
  F first, second;
};
CC_INLINE TwoPower two_power(I n) {
  const I half = n >> 1;
  return {from_bits((half + set1i(127)) << 23), from_bits((n - half + set1i(127)) << 23)};
}

/// exp(r) - 1 for |r| <= ln(2) / 2.
CC_INLINE F expm1_core(F r) {
  F p = fma(set1(1.9875691500e-4f), r, set1(1.3981999507e-3f));
  p = fma(p, r, set1(8.3334519073e-3f));
  p = fma(p, r, set1(4.1665795894e-2f));
  p = fma(p, r, set1(1.6666665459e-1f));
  p = fma(p, r, set1(5.0000001201e-1f));
  return fma(p, r * r, r);
}
/// x = n ln(2) + r.
CC_INLINE F split_exp(F x, F& n) {
  n = round<Rounding::nearest>(x * set1(1.44269504088896341f));
  const F r = fma(n, set1(-0.693359375f), x);
  return fma(n, set1(2.12194440e-4f), r);
}

CC_INLINE F exp(F x) {
  const F c = at_most(at_least(x, set1(-104.f)), set1(89.f));
  F n;
  const F r = split_exp(c, n);
  const TwoPower s = two_power(to_int(n));
  return select(is_nan(x), x, (set1(1.f) + expm1_core(r)) * s.first * s.second);
}
CC_INLINE F exp2(F x) {
  const F c = at_most(at_least(x, set1(-150.f)), set1(128.5f));
  const F n = round<Rounding::nearest>(c);
  const TwoPower s = two_power(to_int(n));
  const F r = (c - n) * set1(0.69314718056f);
  return select(is_nan(x), x, (set1(1.f) + expm1_core(r)) * s.first * s.second);
}
CC_INLINE F expm1(F x) {
  const F c = at_most(at_least(x, set1(-104.f)), set1(89.f));
  F n;
  const F p = expm1_core(split_exp(c, n));
  const TwoPower s = two_power(to_int(n));
  const F scale = s.first * s.second;
  const F r = select(n > set1(126.f), (set1(1.f) + p) * s.first * s.second,
                     fma(scale, p, scale - set1(1.f)));
  return select((x == F{}) | is_nan(x), x, r);  // keeps -0
}

CC_INLINE F log(F x) {
  const I tiny = x < set1(1.17549435e-38f);
  const F scaled = select(tiny, x * set1(8388608.f), x);
  I e = ((bits(scaled) >> 23) & set1i(0xff)) - set1i(126);
  e = select(tiny, e - set1i(23), e);
  F m = from_bits((bits(scaled) & set1i(0x7fffff)) | set1i(0x3f000000));  // in [0.5, 1)
  const I low = m < set1(0.707106781186547524f);
  e = select(low, e - set1i(1), e);
  m = select(low, m + m, m) - set1(1.f);
  const F z = m * m;
  F p = fma(set1(7.0376836292e-2f), m, set1(-1.1514610310e-1f));
  p = fma(p, m, set1(1.1676998740e-1f));
  p = fma(p, m, set1(-1.2420140846e-1f));
  p = fma(p, m, set1(1.4249322787e-1f));
  p = fma(p, m, set1(-1.6668057665e-1f));
  p = fma(p, m, set1(2.0000714765e-1f));
  p = fma(p, m, set1(-2.4999993993e-1f));
  p = fma(p, m, set1(3.3333331174e-1f));
  const F ef = to_float(e);
  F y = p * m * z;
  y = fma(ef, set1(-2.12194440e-4f), y);
  y = fma(z, set1(-0.5f), y);
  F r = fma(ef, set1(0.693359375f), m + y);
  r = select(x == set1(__builtin_inff()), x, r);
  r = select(x == F{}, set1(-__builtin_inff()), r);
  return select(x < F{}, set1(__builtin_nanf("")), select(is_nan(x), x, r));
}
/// log(1 + e) for e in [0, 1].
CC_INLINE F log1p_unit(F e) {
  const F u = set1(1.f) + e;
  return log(u) + (e - (u - set1(1.f))) / u;
}

CC_INLINE F tanh(F x) {
  const F a = abs(x);
  const F z = x * x;
  F p = fma(set1(-5.70498872745e-3f), z, set1(2.06390887954e-2f));
  p = fma(p, z, set1(-5.37397155531e-2f));
  p = fma(p, z, set1(1.33314422036e-1f));
  p = fma(p, z, set1(-3.33332819422e-1f));
  const F near = copysign(fma(p * z, x, x), x);  // -0 stays -0
  const F e = exp(at_most(a + a, set1(40.f)));
  const F far = copysign(set1(1.f) - set1(2.f) / (e + set1(1.f)), x);
  return select(is_nan(x), x, select(a < set1(0.625f), near, far));
}

CC_INLINE F sigmoid(F x) {
  const F e = exp(-abs(x));  // never overflows
  const F d = set1(1.f) + e;
  return select(x < F{}, e, set1(1.f)) / d;
}

CC_INLINE F erf(F x) {
  const F t = at_most(abs(x), set1(4.f));
  const F s = t * t;
  F r = fma(set1(-1.72853470e-5f), t, set1(3.83197126e-4f));
  const F u = fma(set1(-3.88396438e-3f), t, set1(2.42546219e-2f));
  r = fma(r, s, u);
  r = fma(r, t, set1(-1.06777877e-1f));
  r = fma(r, t, set1(-6.34846687e-1f));
  r = fma(r, t, set1(-1.28717512e-1f));
  r = fma(r, t, -t);
  const F far = copysign(set1(1.f) - exp(r), x);
  F q = fma(set1(-5.96761703e-4f), s, set1(4.99119423e-3f));
  q = fma(q, s, set1(-2.67681349e-2f));
  q = fma(q, s, set1(1.12819925e-1f));
  q = fma(q, s, set1(-3.76125336e-1f));
  q = fma(q, s, set1(1.28379166e-1f));
  const F near = fma(q, x, x);
  return select(is_nan(x), x, select(t > set1(0.927734375f), far, near));
}

CC_INLINE F softplus(F x) {
  return select(x > F{}, x, select(is_nan(x), x, F{})) + log1p_unit(exp(-abs(x)));
}

/// One lane at a time, by the C library.
template <class Scalar>
CC_INLINE F lanes(F x, Scalar scalar) {
  F r{};
  for (int i = 0; i < kWidth; ++i) r[i] = scalar(x[i]);
  return r;
}

/// sin (shift 0) or cos (shift 1). Exact reduction needs FMA and |x| < 8192; else the C library.
template <int Shift>
CC_INLINE F sin_cos(F x) {
  const I big = abs(x) < set1(8192.f);
  bool all = kWidth > 4;
  for (int i = 0; i < kWidth && all; ++i) all = big[i] != 0;
  if (!all) {
    F r{};
    for (int i = 0; i < kWidth; ++i) r[i] = Shift ? __builtin_cosf(x[i]) : __builtin_sinf(x[i]);
    return r;
  }
  const F q = round<Rounding::nearest>(x * set1(0.636619772367581343f));
  F r = fma(q, set1(-1.57079601287841796875f), x);
  r = fma(q, set1(-3.1391647326017846353e-7f), r);
  r = fma(q, set1(-5.390302529957764765e-15f), r);
  const F z = r * r;
  F s = fma(set1(-1.9515295891e-4f), z, set1(8.3321608736e-3f));
  s = fma(s, z, set1(-1.6666654611e-1f));
  s = fma(s * z, r, r);
  F c = fma(set1(2.443315711809948e-5f), z, set1(-1.388731625493765e-3f));
  c = fma(c, z, set1(4.166664568298827e-2f));
  c = fma(c * z, z, fma(z, set1(-0.5f), set1(1.f)));
  const I n = to_int(q) + set1i(Shift);
  const F y = select((n & set1i(1)) != I{}, c, s);
  return select((n & set1i(2)) != I{}, -y, y);
}

/// Result has the sign of b, as Python's %.
CC_INLINE F modulo(F a, F b) {
  F r{};
  for (int i = 0; i < kWidth; ++i) {
    float m = __builtin_fmodf(a[i], b[i]);
    if (m != 0 && (m < 0) != (b[i] < 0)) m += b[i];
    r[i] = m;
  }
  return r;
}

CC_INLINE F power(F a, F b) {
  const float e = b[0];
  const I same = b == set1(e);
  bool uniform = true;
  for (int i = 1; i < kWidth; ++i) uniform = uniform && same[i] != 0;
  if (uniform && e == 2.f) return a * a;
  if (uniform && e == 1.f) return a;
  if (uniform && e == 3.f) return a * a * a;
  F r{};
  for (int i = 0; i < kWidth; ++i) r[i] = __builtin_powf(a[i], b[i]);
  return r;
}

}  // namespace corecast::cpu::CC_SIMD
