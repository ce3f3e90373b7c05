// The loops of survey_kernels.h. Included only by survey_<isa>.cpp (see base/simd.h).
#pragma once

#include "base/simd.h"
#include "compress/cpu/survey_kernels.h"

namespace corecast::compress::CC_SIMD {

using namespace corecast::cpu::CC_SIMD;

constexpr int kParts = 16, kVectors = kParts / kWidth;
constexpr std::int64_t kStretch = 1024;

CC_INLINE F read(const std::uint16_t* p) { return load_half(p); }
CC_INLINE F read(const float* p) { return load(p); }

template <class T>
double squares(const T* x, std::int64_t n) {
  double total = 0;
  for (std::int64_t from = 0; from < n; from += kStretch) {
    const std::int64_t to = from + kStretch < n ? from + kStretch : n;
    F sums[kVectors] = {};
    std::int64_t i = from;
    for (; i + kParts <= to; i += kParts) {
      for (int v = 0; v < kVectors; ++v) {
        const F y = read(x + i + v * kWidth);
        sums[v] += y * y;
      }
    }
    if (i < to) {
      T rest[kParts] = {};
      for (std::int64_t k = i; k < to; ++k) rest[k - i] = x[k];
      for (int v = 0; v < kVectors; ++v) {
        const F y = read(rest + v * kWidth);
        sums[v] += y * y;
      }
    }
    double stretch = 0;
    for (int v = 0; v < kVectors; ++v)
      for (int k = 0; k < kWidth; ++k) stretch += static_cast<double>(sums[v][k]);
    total += stretch;
  }
  return total;
}

constexpr SurveyKernels kSurvey = {squares<std::uint16_t>, squares<float>};

}  // namespace corecast::compress::CC_SIMD
