#include "compress/cpu/vector_kernels.h"

#include <atomic>

#include "base/check.h"

namespace corecast::compress {

const VectorKernels* vector_kernels_generic();
const VectorKernels* vector_kernels_avx2();
const VectorKernels* vector_kernels_avx512();

namespace {

const VectorKernels* table_of(Isa isa) {
  if (!processor_has(isa)) return nullptr;
  switch (isa) {
    case Isa::generic: return vector_kernels_generic();
    case Isa::avx2: return vector_kernels_avx2();
    case Isa::avx512: return vector_kernels_avx512();
  }
  return nullptr;
}

const VectorKernels* choose() {
  const VectorKernels* best = vector_kernels_generic();
  for (const Isa isa : usable_isas()) {
    if (const VectorKernels* k = table_of(isa)) best = k;
  }
  return best;
}

std::atomic<const VectorKernels*>& current() {
  static std::atomic<const VectorKernels*> k{choose()};
  return k;
}

}  // namespace

const VectorKernels& vector_kernels() { return *current().load(std::memory_order_relaxed); }

void use_vector_isa(Isa isa) {
  const VectorKernels* k = table_of(isa);
  CC_CHECK(k != nullptr, name_of(isa));
  current().store(k);
}

}  // namespace corecast::compress
