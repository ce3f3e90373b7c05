// The inner loops of pruning for generic.
#include "compress/cpu/prune_loops.h"

namespace corecast::compress {

const PruneKernels* prune_kernels_generic() {
  static constexpr PruneKernels table = prune_loops::CC_SIMD::make_kernels(Isa::generic);
  return &table;
}

}  // namespace corecast::compress
