// The inner loops of linear quantisation for avx2.
#include "compress/cpu/linear_search.h"

namespace corecast::compress {

// Null when the compiler was not told to use the set (another architecture).
const LinearKernels* linear_kernels_avx2() {
#if defined(__AVX2__)
  static constexpr LinearKernels table = linear_loops::CC_SIMD::make_kernels(Isa::avx2);
  return &table;
#else
  return nullptr;
#endif
}

}  // namespace corecast::compress
