// The inner loops of linear quantisation for generic.
#include "compress/cpu/linear_search.h"

namespace corecast::compress {

const LinearKernels* linear_kernels_generic() {
  static constexpr LinearKernels table = linear_loops::CC_SIMD::make_kernels(Isa::generic);
  return &table;
}

}  // namespace corecast::compress
