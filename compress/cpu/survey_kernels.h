// The sum of squares of a weight, one function per instruction set (base/isa.h).
#pragma once

#include <cstdint>

namespace corecast::compress {

struct SurveyKernels {
  /// Sum of squares: of 16 interleaved parts in floats over stretches of 1024 elements, then in
  /// double, in this order on every instruction set. Not finite when an element is not, or when a
  /// square leaves the range of floats.
  double (*half_squares)(const std::uint16_t* x, std::int64_t n);
  double (*float_squares)(const float* x, std::int64_t n);
};

}  // namespace corecast::compress
