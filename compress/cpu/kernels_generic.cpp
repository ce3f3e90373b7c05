// The inner loops for what the build targets anyway.
#include "compress/cpu/kernel_table.h"

namespace corecast::compress {

const Kernels* kernels_generic() {
  static const Kernels table = CC_SIMD::make_kernels(Isa::generic);
  return &table;
}

}  // namespace corecast::compress
