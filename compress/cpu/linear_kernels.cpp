#include "compress/cpu/linear_kernels.h"

#include <atomic>

#include "base/check.h"

namespace corecast::compress {

const LinearKernels* linear_kernels_generic();
const LinearKernels* linear_kernels_avx2();
const LinearKernels* linear_kernels_avx512();

namespace {

const LinearKernels* choose() {
  const LinearKernels* best = linear_kernels_generic();
  for (const Isa isa : usable_isas())
    if (const LinearKernels* k = linear_kernels_of(isa)) best = k;
  return best;
}

std::atomic<const LinearKernels*>& current() {
  static std::atomic<const LinearKernels*> k{choose()};
  return k;
}

}  // namespace

const LinearKernels* linear_kernels_of(Isa isa) {
  if (!processor_has(isa)) return nullptr;
  switch (isa) {
    case Isa::generic: return linear_kernels_generic();
    case Isa::avx2: return linear_kernels_avx2();
    case Isa::avx512: return linear_kernels_avx512();
  }
  return nullptr;
}

const LinearKernels& linear_kernels() { return *current().load(std::memory_order_relaxed); }

void use_linear_isa(Isa isa) {
  const LinearKernels* k = linear_kernels_of(isa);
  CC_CHECK(k != nullptr, name_of(isa));
  current().store(k);
}

}  // namespace corecast::compress
