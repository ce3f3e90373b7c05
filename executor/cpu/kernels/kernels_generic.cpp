// The inner loops for generic.
#include "executor/cpu/kernels/kernel_table.h"

namespace corecast::cpu {

const Kernels* kernels_generic() {
  static constexpr Kernels table = CC_SIMD::make_kernels(Isa::generic);
  return &table;
}

}  // namespace corecast::cpu
