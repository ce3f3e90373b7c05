#include "compress/cpu/prune_kernels.h"

#include <atomic>

#include "base/check.h"

namespace corecast::compress {

const PruneKernels* prune_kernels_generic();
const PruneKernels* prune_kernels_avx2();
const PruneKernels* prune_kernels_avx512();

namespace {

const PruneKernels* choose() {
  const PruneKernels* best = prune_kernels_generic();
  for (const Isa isa : usable_isas())
    if (const PruneKernels* k = prune_kernels_of(isa)) best = k;
  return best;
}

std::atomic<const PruneKernels*>& current() {
  static std::atomic<const PruneKernels*> k{choose()};
  return k;
}

}  // namespace

const PruneKernels* prune_kernels_of(Isa isa) {
  if (!processor_has(isa)) return nullptr;
  switch (isa) {
    case Isa::generic: return prune_kernels_generic();
    case Isa::avx2: return prune_kernels_avx2();
    case Isa::avx512: return prune_kernels_avx512();
  }
  return nullptr;
}

const PruneKernels& prune_kernels() { return *current().load(std::memory_order_relaxed); }

void use_prune_isa(Isa isa) {
  const PruneKernels* k = prune_kernels_of(isa);
  CC_CHECK(k != nullptr, name_of(isa));
  current().store(k);
}

}  // namespace corecast::compress
