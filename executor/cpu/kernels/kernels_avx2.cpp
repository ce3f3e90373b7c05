// The inner loops for avx2.
#include "executor/cpu/kernels/kernel_table.h"

namespace corecast::cpu {

// Null when the compiler was not told to use the set (another architecture).
const Kernels* kernels_avx2() {
#if defined(__AVX2__)
  static constexpr Kernels table = CC_SIMD::make_kernels(Isa::avx2);
  return &table;
#else
  return nullptr;
#endif
}

}  // namespace corecast::cpu
