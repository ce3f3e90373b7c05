// The inner loops of palettisation for generic.
#include "compress/cpu/palette_loops.h"

namespace corecast::compress {

const PaletteKernels* palette_generic() {
  static constexpr PaletteKernels table = CC_SIMD::make_palette_kernels(Isa::generic);
  return &table;
}

}  // namespace corecast::compress
