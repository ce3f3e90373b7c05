#include "compress/cpu/survey_loops.h"

namespace corecast::compress {

// Null when the compiler was not told to use the set (another architecture).
const SurveyKernels* survey_avx2() {
#if defined(__AVX2__)
  static constexpr SurveyKernels table = CC_SIMD::kSurvey;
  return &table;
#else
  return nullptr;
#endif
}

}  // namespace corecast::compress
