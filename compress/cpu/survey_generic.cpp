#include "compress/cpu/survey_loops.h"

namespace corecast::compress {

const SurveyKernels* survey_generic() {
  static constexpr SurveyKernels table = CC_SIMD::kSurvey;
  return &table;
}

}  // namespace corecast::compress
