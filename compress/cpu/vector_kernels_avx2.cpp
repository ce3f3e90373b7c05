// Vector palettisation's inner loops for avx2.
#include "compress/cpu/vector_loops.h"

namespace corecast::compress {

// Null when the compiler was not told to use the set (another architecture).
const VectorKernels* vector_kernels_avx2() {
#if defined(__AVX2__)
  static constexpr VectorKernels table = CC_SIMD::make_vector_kernels(Isa::avx2);
  return &table;
#else
  return nullptr;
#endif
}

}  // namespace corecast::compress
