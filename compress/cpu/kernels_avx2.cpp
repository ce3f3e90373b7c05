// The inner loops for avx2.
#include "compress/cpu/kernel_table.h"

namespace corecast::compress {

// Null when the compiler was not told to use the set (another architecture).
const Kernels* kernels_avx2() {
#if defined(__AVX2__)
  static const Kernels table = CC_SIMD::make_kernels(Isa::avx2);
  return &table;
#else
  return nullptr;
#endif
}

}  // namespace corecast::compress
