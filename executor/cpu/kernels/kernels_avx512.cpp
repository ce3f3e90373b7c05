// The inner loops for avx512.
#include "executor/cpu/kernels/kernel_table.h"

namespace corecast::cpu {

// Null when the compiler was not told to use the set (another architecture).
const Kernels* kernels_avx512() {
#if defined(__AVX512F__)
  static constexpr Kernels table = CC_SIMD::make_kernels(Isa::avx512);
  return &table;
#else
  return nullptr;
#endif
}

}  // namespace corecast::cpu
