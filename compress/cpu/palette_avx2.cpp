// The inner loops of palettisation for avx2.
#include "compress/cpu/palette_loops.h"

namespace corecast::compress {

// Null when the compiler was not told to use the set (another architecture).
const PaletteKernels* palette_avx2() {
#if defined(__AVX2__)
  static constexpr PaletteKernels table = CC_SIMD::make_palette_kernels(Isa::avx2);
  return &table;
#else
  return nullptr;
#endif
}

}  // namespace corecast::compress
