// Vector palettisation's inner loops for generic.
#include "compress/cpu/vector_loops.h"

namespace corecast::compress {

const VectorKernels* vector_kernels_generic() {
  static constexpr VectorKernels table = CC_SIMD::make_vector_kernels(Isa::generic);
  return &table;
}

}  // namespace corecast::compress
