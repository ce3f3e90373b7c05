#include "ir/element_codec.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <cmath>
#include <limits>

#include "base/check.h"
#include "ir/float16.h"

namespace corecast::ir {

namespace {

std::uint32_t load_packed(const std::byte* p, std::int64_t i, int bits) {
  std::uint32_t v = 0;
  const std::int64_t first = i * bits;
  for (int b = 0; b < bits; ++b) {
    const std::int64_t at = first + b;
    v |= ((std::to_integer<std::uint32_t>(p[at / 8]) >> (at % 8)) & 1u) << b;
  }
  return v;
}
void store_packed(std::byte* p, std::int64_t i, int bits, std::uint32_t v) {
  for (int b = 0; b < bits; ++b) {
    const std::int64_t at = i * bits + b;
    const auto mask = static_cast<std::byte>(1u << (at % 8));
    p[at / 8] = ((v >> b) & 1u) ? p[at / 8] | mask : p[at / 8] & ~mask;
  }
}

}  // namespace

std::int64_t load_int(const std::byte* p, DType d, std::int64_t i) {
  switch (d) {
    case DType::boolean: return load<std::uint8_t>(p, i) != 0;
    case DType::i8: return load<std::int8_t>(p, i);
    case DType::i16: return load<std::int16_t>(p, i);
    case DType::i32: return load<std::int32_t>(p, i);
    case DType::i64: return load<std::int64_t>(p, i);
    case DType::u8: return load<std::uint8_t>(p, i);
    case DType::u16: return load<std::uint16_t>(p, i);
    case DType::u32: return load<std::uint32_t>(p, i);
    case DType::u64: {
      const auto v = load<std::uint64_t>(p, i);
      return v > static_cast<std::uint64_t>(INT64_MAX) ? INT64_MAX : static_cast<std::int64_t>(v);
    }
    default: break;
  }
  CC_CHECK(is_integer(d), "not an integer element type");
  const int bits = bits_of(d);
  const auto v = static_cast<std::int64_t>(load_packed(p, i, bits));
  return is_signed(d) && (v >> (bits - 1)) ? v - (std::int64_t{1} << bits) : v;
}

double load_number(const std::byte* p, DType d, std::int64_t i) {
  switch (d) {
    case DType::f32: return static_cast<double>(load<float>(p, i));
    case DType::f64: return load<double>(p, i);
    case DType::f16: return static_cast<double>(to_float(load<half>(p, i)));
    case DType::bf16: return static_cast<double>(to_float(load<bfloat>(p, i)));
    case DType::f8e4m3: return static_cast<double>(f8e4m3_to_float(load<std::uint8_t>(p, i)));
    case DType::f8e5m2: return static_cast<double>(f8e5m2_to_float(load<std::uint8_t>(p, i)));
    case DType::f8e8m0: return static_cast<double>(f8e8m0_to_float(load<std::uint8_t>(p, i)));
    case DType::f4e2m1:
      return static_cast<double>(f4e2m1_to_float(static_cast<std::uint8_t>(load_packed(p, i, 4))));
    case DType::u64: return static_cast<double>(load<std::uint64_t>(p, i));
    default: return static_cast<double>(load_int(p, d, i));
  }
}

void store_int(std::byte* p, DType d, std::int64_t i, std::int64_t v) {
  switch (bits_of(d)) {
    case 8:
      return store(
          p, i,
          d == DType::boolean ? static_cast<std::uint8_t>(v != 0) : static_cast<std::uint8_t>(v));
    case 16: return store(p, i, static_cast<std::uint16_t>(v));
    case 32: return store(p, i, static_cast<std::uint32_t>(v));
    case 64: return store(p, i, static_cast<std::uint64_t>(v));
    default: return store_packed(p, i, bits_of(d), static_cast<std::uint32_t>(v));
  }
}

namespace {

// Nearest code of a small float format by search; ties go to the even code, what is beyond the
// largest number to that (or to infinity, from infinity, where there is one).
template <class Decode>
std::uint8_t nearest_code(double v, int codes, Decode decode) {
  bool has_infinity = false;
  double most = 0;
  for (int c = 0; c < codes; ++c) {
    const auto x = static_cast<double>(decode(static_cast<std::uint8_t>(c)));
    has_infinity = has_infinity || std::isinf(x);
    if (std::isfinite(x)) most = std::max(most, x);
  }
  // Otherwise all codes would be equally far from a large number, in double's digits.
  if (!(std::isinf(v) && has_infinity) && std::fabs(v) > most) v = std::copysign(most, v);
  std::uint8_t best = 0;
  double best_error = std::numeric_limits<double>::infinity();
  for (int c = 0; c < codes; ++c) {
    const double x = static_cast<double>(decode(static_cast<std::uint8_t>(c)));
    if (std::isnan(x) || (std::isinf(x) && !std::isinf(v))) {
      if (std::isnan(v) && std::isnan(x)) return static_cast<std::uint8_t>(c);
      continue;
    }
    const double error = x == v ? 0.0 : std::fabs(x - v);
    const bool sign_ok = std::signbit(x) == std::signbit(v);
    if (error < best_error || (error == best_error && (sign_ok && c % 2 == 0))) {
      best_error = error;
      best = static_cast<std::uint8_t>(c);
    }
  }
  return best;
}

std::int64_t saturate(double v, DType d) {
  if (std::isnan(v)) return 0;
  const auto lo = min_of(d), hi = max_of(d);
  if (v <= static_cast<double>(lo)) return lo;
  if (v >= static_cast<double>(hi)) return hi;
  return static_cast<std::int64_t>(v);
}

}  // namespace

void store_number(std::byte* p, DType d, std::int64_t i, double v) {
  switch (d) {
    case DType::f32: return store(p, i, static_cast<float>(v));
    case DType::f64: return store(p, i, v);
    case DType::f16: return store(p, i, to_half(v));
    case DType::bf16: return store(p, i, to_bfloat(static_cast<float>(v)));
    case DType::f8e4m3: return store(p, i, nearest_code(v, 256, f8e4m3_to_float));
    case DType::f8e5m2: return store(p, i, nearest_code(v, 256, f8e5m2_to_float));
    case DType::f8e8m0: return store(p, i, nearest_code(v, 256, f8e8m0_to_float));
    case DType::f4e2m1: return store_packed(p, i, 4, nearest_code(v, 16, f4e2m1_to_float));
    case DType::boolean: return store(p, i, static_cast<std::uint8_t>(v != 0));
    case DType::u64:
      return store(p, i,
                   !(v > 0)      ? std::uint64_t{0}
                   : v >= 0x1p64 ? UINT64_MAX
                                 : static_cast<std::uint64_t>(v));
    default: return store_int(p, d, i, saturate(v, d));
  }
}

#if defined(__x86_64__)
namespace {

/// As to_half, eight at a time; needs AVX2, and with it F16C. The number of elements that it did.
__attribute__((target("avx2,f16c"))) std::int64_t to_halves(const std::byte* from, std::byte* to,
                                                            std::int64_t count) {
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256 v = _mm256_loadu_ps(reinterpret_cast<const float*>(from + i * 4));
    const __m128i h = _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i * 2), h);
  }
  return i;
}

}  // namespace
#endif

void convert(const std::byte* from, DType source, std::int64_t first, std::byte* out, DType to,
             std::int64_t out_first, std::int64_t count) {
  const bool integers = !is_floating(source) && !is_floating(to) && to != DType::boolean;
  if (source == DType::f32 && to == DType::f16) {
    std::int64_t i = 0;
#if defined(__x86_64__)
    // Streaming weights spends its time here.
    static const bool fast = __builtin_cpu_supports("avx2");
    if (fast) i = to_halves(from + first * 4, out + out_first * 2, count);
#endif
    for (; i < count; ++i) store(out, out_first + i, to_half(load<float>(from, first + i)));
  } else if (source == DType::f16 && to == DType::f32) {
    for (std::int64_t i = 0; i < count; ++i)
      store(out, out_first + i, to_float(load<half>(from, first + i)));
  } else if (integers) {
    for (std::int64_t i = 0; i < count; ++i)
      store_int(out, to, out_first + i, load_int(from, source, first + i));
  } else {
    for (std::int64_t i = 0; i < count; ++i)
      store_number(out, to, out_first + i, load_number(from, source, first + i));
  }
}

}  // namespace corecast::ir
