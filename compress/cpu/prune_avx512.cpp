// The inner loops of pruning for avx512.
#include "compress/cpu/prune_loops.h"

namespace corecast::compress {

// Null when the compiler was not told to use the set (another architecture).
const PruneKernels* prune_kernels_avx512() {
#if defined(__AVX512F__)
  static constexpr PruneKernels table = prune_loops::CC_SIMD::make_kernels(Isa::avx512);
  return &table;
#else
  return nullptr;
#endif
}

}  // namespace corecast::compress
