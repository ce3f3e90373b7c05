// Elementwise loops of one instruction set. Included only by per-ISA files (see simd.h).
#pragma once

#include <limits>

#include "executor/cpu/kernels/kernels.h"
#include "executor/cpu/kernels/vmath.h"

namespace corecast::cpu::CC_SIMD {

template <class Fn>
CC_INLINE void map(const float* x, float* y, std::int64_t n, Fn fn) {
  std::int64_t i = 0;
  for (; i + kWidth <= n; i += kWidth) store(y + i, fn(load(x + i)));
  if (i < n) store_n(y + i, fn(load_n(x + i, static_cast<int>(n - i))), static_cast<int>(n - i));
}

/// The factor x of x * g(x) where g falls to 0: -Inf * 0 would be NaN, the limit is 0.
CC_INLINE F gate(F x) { return at_least(x, set1(-std::numeric_limits<float>::max())); }

inline void unary(Unary op, const float* x, float* y, std::int64_t n, float alpha, float beta) {
  const F a = set1(alpha);
  const F b = set1(beta);
  const F one = set1(1.f);
  const F zero = F{};
#define CC_UNARY(name, ...) \
  case Unary::name: return map(x, y, n, [=](F v) -> F { return __VA_ARGS__; })
  switch (op) {
    CC_UNARY(abs, abs(v));
    CC_UNARY(above, select(v > a, v, zero));
    CC_UNARY(acos, lanes(v, [](float s) { return __builtin_acosf(s); }));
    CC_UNARY(asin, lanes(v, [](float s) { return __builtin_asinf(s); }));
    CC_UNARY(atan, lanes(v, [](float s) { return __builtin_atanf(s); }));
    CC_UNARY(atanh, lanes(v, [](float s) { return __builtin_atanhf(s); }));
    CC_UNARY(ceil, round<Rounding::up>(v));
    CC_UNARY(clip, at_most(at_least(v, a), b));
    CC_UNARY(copy, v);
    CC_UNARY(cos, sin_cos<1>(v));
    CC_UNARY(cosh, lanes(v, [](float s) { return __builtin_coshf(s); }));
    CC_UNARY(elu, select(v > zero, v, a * expm1(v)));
    CC_UNARY(erf, erf(v));
    CC_UNARY(exp, exp(v));
    CC_UNARY(exp2, exp2(v));
    CC_UNARY(floor, round<Rounding::down>(v));
    CC_UNARY(gelu_erf, set1(0.5f) * gate(v) * (one + erf(v * set1(0.70710678118654752f))));
    CC_UNARY(gelu_sigmoid, gate(v) * sigmoid(v * set1(1.702f)));
    CC_UNARY(gelu_tanh,
             set1(0.5f) * gate(v) *
                 (one + tanh(set1(0.79788456080286536f) * fma(set1(0.044715f) * v * v, v, v))));
    CC_UNARY(hard_sigmoid, at_most(at_least(fma(a, v, b), zero), one));
    CC_UNARY(hard_swish, gate(v) * at_most(at_least(fma(a, v, b), zero), one));
    CC_UNARY(inverse, one / (v + a));
    CC_UNARY(leaky_relu, select(v < zero, v * a, v));
    CC_UNARY(linear, fma(v, a, b));
    CC_UNARY(log, log(v + a));
    CC_UNARY(logical_not, select(v == zero, one, zero));
    CC_UNARY(mish, gate(v) * tanh(softplus(v)));
    CC_UNARY(neg, -v);
    CC_UNARY(relu, at_least(v, zero));
    CC_UNARY(relu6, at_most(at_least(v, zero), set1(6.f)));
    CC_UNARY(round, round<Rounding::nearest>(v));
    CC_UNARY(rsqrt, one / sqrt(v + a));
    CC_UNARY(scaled_tanh, a * tanh(v * b));
    CC_UNARY(sigmoid, sigmoid(v));
    CC_UNARY(sign, select(v > zero, one, select(v < zero, -one, v)));
    CC_UNARY(silu, gate(v) * sigmoid(v));
    CC_UNARY(sin, sin_cos<0>(v));
    CC_UNARY(sinh, lanes(v, [](float s) { return __builtin_sinhf(s); }));
    CC_UNARY(softplus, softplus(v));
    CC_UNARY(softsign, v / (one + abs(v)));
    CC_UNARY(sqrt, sqrt(v));
    CC_UNARY(square, v * v);
    CC_UNARY(tan, lanes(v, [](float s) { return __builtin_tanf(s); }));
    CC_UNARY(tanh, tanh(v));
    CC_UNARY(threshold, at_least(v, a));
    CC_UNARY(thresholded_relu, select(v < a, zero, v));
  }
#undef CC_UNARY
}

template <class Fn>
CC_INLINE void zip(const float* a, int a_step, const float* b, int b_step, float* y, std::int64_t n,
                   Fn fn) {
  std::int64_t i = 0;
  if (a_step && b_step) {
    for (; i + kWidth <= n; i += kWidth) store(y + i, fn(load(a + i), load(b + i)));
  } else if (a_step) {
    const F bv = set1(*b);
    for (; i + kWidth <= n; i += kWidth) store(y + i, fn(load(a + i), bv));
  } else {
    const F av = set1(*a);
    for (; i + kWidth <= n; i += kWidth) store(y + i, fn(av, b_step ? load(b + i) : set1(*b)));
  }
  if (i < n) {
    const int rest = static_cast<int>(n - i);
    const F av = a_step ? load_n(a + i, rest) : set1(*a);
    const F bv = b_step ? load_n(b + i, rest) : set1(*b);
    store_n(y + i, fn(av, bv), rest);
  }
}

inline void binary(Binary op, const float* x, int x_step, const float* z, int z_step, float* y,
                   std::int64_t n) {
  switch (op) {
#define BINARY(name, expression) \
  case Binary::name:             \
    return zip(x, x_step, z, z_step, y, n, [](F a, F b) -> F { return expression; });
#include "executor/cpu/kernels/binary.def"
#undef BINARY
  }
}

inline void scale_shift(const float* x, float scale, float shift, float* y, std::int64_t n) {
  const F a = set1(scale);
  const F b = set1(shift);
  map(x, y, n, [=](F v) { return fma(v, a, b); });
}

inline void normalize(const float* x, float mean, float inv, const float* gamma, const float* beta,
                      float* y, std::int64_t n) {
  const F m = set1(mean);
  const F s = set1(inv);
  for (std::int64_t i = 0; i < n; i += kWidth) {
    const int rest = n - i < kWidth ? static_cast<int>(n - i) : kWidth;
    const bool whole = rest == kWidth;
    F v = ((whole ? load(x + i) : load_n(x + i, rest)) - m) * s;
    if (gamma) v *= whole ? load(gamma + i) : load_n(gamma + i, rest);
    if (beta) v += whole ? load(beta + i) : load_n(beta + i, rest);
    if (whole)
      store(y + i, v);
    else
      store_n(y + i, v, rest);
  }
}

inline void half_to_float(const std::uint16_t* x, float* y, std::int64_t n) {
  std::int64_t i = 0;
  for (; i + kWidth <= n; i += kWidth) store(y + i, load_half(x + i));
  if (i < n) {
    std::uint16_t rest[kWidth] = {};
    std::memcpy(rest, x + i, static_cast<std::size_t>(n - i) * 2);
    store_n(y + i, load_half(rest), static_cast<int>(n - i));
  }
}
inline void float_to_half(const float* x, std::uint16_t* y, std::int64_t n) {
  std::int64_t i = 0;
  for (; i + kWidth <= n; i += kWidth) store_half(y + i, load(x + i));
  if (i < n) {
    std::uint16_t rest[kWidth];
    store_half(rest, load_n(x + i, static_cast<int>(n - i)));
    std::memcpy(y + i, rest, static_cast<std::size_t>(n - i) * 2);
  }
}
inline void round_to_half(float* x, std::int64_t n) {
  map(x, x, n, [](F v) {
    std::uint16_t h[kWidth];
    store_half(h, v);
    return load_half(h);
  });
}

}  // namespace corecast::cpu::CC_SIMD
