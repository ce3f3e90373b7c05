// Fills the table of one instruction set. Included only by kernels_<isa>.cpp (see base/simd.h).
#pragma once

#include "compress/cpu/kernels.h"
#include "compress/cpu/linear_search.h"
#include "compress/cpu/palette_loops.h"
#include "compress/cpu/prune_loops.h"
#include "compress/cpu/survey_loops.h"
#include "compress/cpu/vector_loops.h"

namespace corecast::compress::CC_SIMD {

inline Kernels make_kernels(Isa isa) {
  return {isa,
          linear_loops::CC_SIMD::make_kernels(isa),
          make_palette_kernels(isa),
          prune_loops::CC_SIMD::make_kernels(isa),
          kSurvey,
          make_vector_kernels(isa)};
}

}  // namespace corecast::compress::CC_SIMD
