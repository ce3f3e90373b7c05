#include "ir/float16.h"

#include <cmath>
#include <limits>

namespace corecast::ir {

half to_half(double d) {
  float f = static_cast<float>(d);
  // Round to odd: keeps the information that the float was inexact, so the second rounding is
  // right.
  if (std::isfinite(f) && static_cast<double>(f) != d) {
    auto bits = std::bit_cast<std::uint32_t>(f);
    const bool rounded_up = std::fabs(static_cast<double>(f)) > std::fabs(d);
    if (rounded_up && (bits & 0x7fffffffu) != 0) --bits;
    f = std::bit_cast<float>(bits | 1u);
  }
  return to_half(f);
}

float f8e4m3_to_float(std::uint8_t code) {
  const int exponent = (code >> 3) & 15;
  const int mantissa = code & 7;
  if (exponent == 15 && mantissa == 7) return std::numeric_limits<float>::quiet_NaN();
  const float magnitude = exponent == 0
                              ? std::ldexp(static_cast<float>(mantissa), -9)
                              : std::ldexp(static_cast<float>(8 + mantissa), exponent - 10);
  return code & 0x80 ? -magnitude : magnitude;
}

float f8e5m2_to_float(std::uint8_t code) {
  return to_float(half{static_cast<std::uint16_t>(code << 8)});  // e5m2 is the top byte of binary16
}

float f4e2m1_to_float(std::uint8_t code) {
  static constexpr float table[8] = {0.f, 0.5f, 1.f, 1.5f, 2.f, 3.f, 4.f, 6.f};
  return code & 8 ? -table[code & 7] : table[code & 7];
}

float f8e8m0_to_float(std::uint8_t code) {
  return code == 255 ? std::numeric_limits<float>::quiet_NaN() : std::ldexp(1.f, code - 127);
}

}  // namespace corecast::ir
