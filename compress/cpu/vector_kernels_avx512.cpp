// Vector palettisation's inner loops for avx512.
#include "compress/cpu/vector_loops.h"

namespace corecast::compress {

// Null when the compiler was not told to use the set (another architecture).
const VectorKernels* vector_kernels_avx512() {
#if defined(__AVX512F__)
  static constexpr VectorKernels table = CC_SIMD::make_vector_kernels(Isa::avx512);
  return &table;
#else
  return nullptr;
#endif
}

}  // namespace corecast::compress
