#include "executor/rounding.h"

#include <bit>
#include <cmath>
#include <limits>

namespace corecast::executor {
namespace {

/// 32 bits that look random: two rounds of multiply and shift, constants by C. Wellons' search for
/// low bias.
std::uint32_t mixed(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x21f0aaadu;
  x ^= x >> 15;
  x *= 0xd35a2d97u;
  return x ^ (x >> 15);
}

constexpr std::uint32_t kSign = 0x80000000u, kInfinity = 0x7f800000u;
constexpr std::uint32_t kSmallestNormal = 0x38800000u;  // of fp16: 2^-14
constexpr float kSteps = 0x1p24f;                       // of fp16's subnormal numbers, in 1
constexpr float kLargestHalf = 65504;

struct Step {
  std::uint32_t dropped;  // bits
  std::uint32_t mask;     // of those that stay
};

/// `noise`: 32 random bits.
float up_or_down(float x, Step step, std::uint32_t noise) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  if ((bits & kInfinity) == kInfinity) return x;
  const std::uint32_t rounded = (bits + (noise >> (32 - step.dropped))) & step.mask;
  return std::bit_cast<float>((rounded & kInfinity) == kInfinity ? bits & step.mask : rounded);
}

float to_nearest(float x, Step step) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t odd = (bits >> step.dropped) & 1;
  return up_or_down(x, step, ((1u << (step.dropped - 1)) - 1 + odd) << (32 - step.dropped));
}

/// Of a number below fp16's smallest normal one; `noise` in [0, 1), 0.5 is to the nearest.
float on_grid(float x, float noise) { return std::floor(x * kSteps + noise) / kSteps; }

}  // namespace

void round_values(const Rounding& r, std::uint32_t stream, float* x, std::int64_t begin,
                  std::int64_t end) {
  const auto dropped = static_cast<std::uint32_t>(24 - r.digits);
  const Step step{dropped, ~((1u << dropped) - 1)};
  const bool half = r.digits == 11;
  const std::uint32_t key = mixed(r.seed ^ mixed(stream + 1));
  for (std::int64_t i = begin; i < end; ++i) {
    const std::uint32_t noise = r.seed ? mixed(key + static_cast<std::uint32_t>(i)) : 0;
    const std::uint32_t size = std::bit_cast<std::uint32_t>(x[i]) & ~kSign;
    if (half && size < kSmallestNormal) {
      const bool random = r.seed != 0;
      x[i] = random ? on_grid(x[i], static_cast<float>(noise >> 8) * 0x1p-24f)
                    : std::nearbyint(x[i] * kSteps) / kSteps;
    } else {
      x[i] = r.seed ? up_or_down(x[i], step, noise) : to_nearest(x[i], step);
    }
    if (r.range && std::fabs(x[i]) > kLargestHalf)
      x[i] = std::copysign(std::numeric_limits<float>::infinity(), x[i]);
  }
}

}  // namespace corecast::executor
