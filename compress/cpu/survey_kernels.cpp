#include "compress/cpu/survey_kernels.h"

#include "base/isa.h"

namespace corecast::compress {

const SurveyKernels* survey_generic();
const SurveyKernels* survey_avx2();
const SurveyKernels* survey_avx512();

const SurveyKernels& survey_kernels() {
  static const SurveyKernels* best = [] {
    const SurveyKernels* k = survey_generic();
    for (const Isa isa : usable_isas()) {
      const SurveyKernels* better = isa == Isa::avx512 ? survey_avx512()
                                    : isa == Isa::avx2 ? survey_avx2()
                                                       : nullptr;
      if (better) k = better;
    }
    return k;
  }();
  return *best;
}

}  // namespace corecast::compress
