// Conversions between float and the 16-bit and smaller float formats, round to nearest even.
// Scalar and portable: the slow, obvious form. Fast conversions live with the kernels.
#pragma once

#include <bit>
#include <cstdint>

namespace corecast::ir {

/// IEEE binary16 stored as bits; a distinct type so that tensors of it can be typed.
struct half {
  std::uint16_t bits = 0;
};
/// bfloat16 stored as bits.
struct bfloat {
  std::uint16_t bits = 0;
};

inline float to_float(half h) {
  const std::uint32_t sign = std::uint32_t{h.bits & 0x8000u} << 16;
  const std::uint32_t exponent = (h.bits >> 10) & 31u;
  const std::uint32_t mantissa = h.bits & 0x3ffu;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
  if (exponent == 0) {
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
  }
  return std::bit_cast<float>(sign | ((exponent + 112u) << 23) | (mantissa << 13));
}

inline half to_half(float f) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(f);
  const std::uint16_t sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000u);
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  auto make = [sign](std::uint32_t m) { return half{static_cast<std::uint16_t>(sign | m)}; };
  if (magnitude > 0x7f800000u)
    return make(0x7e00u | ((magnitude >> 13) & 0x3ffu));  // NaN, payload kept
  if (magnitude >= 0x477ff000u) return make(0x7c00u);     // >= 65520 rounds to infinity
  if (magnitude < 0x38800000u) {                          // below 2^-14: subnormal half
    // Adding 0.5 aligns the mantissa so that the hardware rounds to a multiple of 2^-24.
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    return make(std::bit_cast<std::uint32_t>(shifted) - 0x3f000000u);
  }
  const std::uint32_t odd = (magnitude >> 13) & 1u;
  return make((magnitude - 0x38000000u + 0xfffu + odd) >> 13);
}

/// Rounds a double once (via float would round twice).
half to_half(double d);

inline float to_float(bfloat b) { return std::bit_cast<float>(std::uint32_t{b.bits} << 16); }

inline bfloat to_bfloat(float f) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(f);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return {static_cast<std::uint16_t>((bits >> 16) | 0x40u)};
  return {static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16)};
}

/// OCP 8-bit and 4-bit floats, by code. e4m3 has no infinity; e8m0 is a power of two, 255 is NaN.
float f8e4m3_to_float(std::uint8_t code);
float f8e5m2_to_float(std::uint8_t code);
float f4e2m1_to_float(std::uint8_t code);
float f8e8m0_to_float(std::uint8_t code);

}  // namespace corecast::ir
