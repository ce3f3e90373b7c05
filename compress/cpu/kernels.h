// All inner loops of compression, one table per instruction set. All sets give the same bits: sums
// have a fixed order and nothing is fused.
#pragma once

#include "compress/cpu/linear_kernels.h"
#include "compress/cpu/palette_kernels.h"
#include "compress/cpu/prune_kernels.h"
#include "compress/cpu/survey_kernels.h"
#include "compress/cpu/vector_kernels.h"

namespace corecast::compress {

struct Kernels {
  Isa isa;
  LinearKernels linear;
  PaletteKernels palette;
  PruneKernels prune;
  SurveyKernels survey;
  VectorKernels vector;
};

/// Null when this processor or this build does not have the set.
const Kernels* kernels_of(Isa isa);
/// The loops in use: the best set, unless the environment or use_kernels says otherwise.
const Kernels& kernels();
/// For tests and benchmarks. CHECKs that the set is there.
void use_kernels(Isa isa);

}  // namespace corecast::compress
