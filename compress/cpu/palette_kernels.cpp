#include "compress/cpu/palette_kernels.h"

#include <atomic>

#include "base/check.h"

namespace corecast::compress {

const PaletteKernels* palette_generic();
const PaletteKernels* palette_avx2();
const PaletteKernels* palette_avx512();

namespace {

const PaletteKernels* choose() {
  const PaletteKernels* best = palette_generic();
  for (const Isa isa : usable_isas())
    if (const PaletteKernels* k = palette_kernels_of(isa)) best = k;
  return best;
}

std::atomic<const PaletteKernels*>& current() {
  static std::atomic<const PaletteKernels*> kernels{choose()};
  return kernels;
}

}  // namespace

const PaletteKernels* palette_kernels_of(Isa isa) {
  if (!processor_has(isa)) return nullptr;
  switch (isa) {
    case Isa::generic: return palette_generic();
    case Isa::avx2: return palette_avx2();
    case Isa::avx512: return palette_avx512();
  }
  CC_UNREACHABLE("isa");
}

const PaletteKernels& palette_kernels() { return *current().load(std::memory_order_relaxed); }

void use_palette_isa(Isa isa) {
  const PaletteKernels* kernels = palette_kernels_of(isa);
  CC_CHECK(kernels != nullptr, name_of(isa));
  current().store(kernels);
}

}  // namespace corecast::compress
