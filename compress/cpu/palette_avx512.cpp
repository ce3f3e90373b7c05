// The inner loops of palettisation for avx512.
#include "compress/cpu/palette_loops.h"

namespace corecast::compress {

// Null when the compiler was not told to use the set (another architecture).
const PaletteKernels* palette_avx512() {
#if defined(__AVX512BW__)
  static constexpr PaletteKernels table = CC_SIMD::make_palette_kernels(Isa::avx512);
  return &table;
#else
  return nullptr;
#endif
}

}  // namespace corecast::compress
