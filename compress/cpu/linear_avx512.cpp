// The inner loops of linear quantisation for avx512.
#include "compress/cpu/linear_search.h"

namespace corecast::compress {

// Null when the compiler was not told to use the set (another architecture).
const LinearKernels* linear_kernels_avx512() {
#if defined(__AVX512F__)
  static constexpr LinearKernels table = linear_loops::CC_SIMD::make_kernels(Isa::avx512);
  return &table;
#else
  return nullptr;
#endif
}

}  // namespace corecast::compress
