// The inner loops for avx512.
#include "compress/cpu/kernel_table.h"

namespace corecast::compress {

// Null when the compiler was not told to use the set (another architecture).
const Kernels* kernels_avx512() {
#if defined(__AVX512F__)
  static const Kernels table = CC_SIMD::make_kernels(Isa::avx512);
  return &table;
#else
  return nullptr;
#endif
}

}  // namespace corecast::compress
