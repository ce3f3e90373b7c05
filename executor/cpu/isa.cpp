#include "executor/cpu/isa.h"

#include <atomic>

#include "base/check.h"
#include "executor/cpu/kernels.h"

namespace corecast::cpu {

const Kernels* kernels_generic();
const Kernels* kernels_avx2();
const Kernels* kernels_avx512();

namespace {

const Kernels* table_of(Isa isa) {
  if (!processor_has(isa)) return nullptr;
  switch (isa) {
    case Isa::generic: return kernels_generic();
    case Isa::avx2: return kernels_avx2();
    case Isa::avx512: return kernels_avx512();
  }
  return nullptr;
}

const Kernels* choose() {
  const Kernels* best = kernels_generic();
  for (const Isa isa : usable_isas()) {
    if (const Kernels* k = table_of(isa)) best = k;
  }
  return best;
}

std::atomic<const Kernels*>& current() {
  static std::atomic<const Kernels*> k{choose()};
  return k;
}

}  // namespace

bool has_isa(Isa isa) { return table_of(isa) != nullptr; }

std::vector<Isa> available_isas() {
  std::vector<Isa> isas;
  for (const Isa isa : {Isa::generic, Isa::avx2, Isa::avx512})
    if (has_isa(isa)) isas.push_back(isa);
  return isas;
}

const Kernels& kernels_of(Isa isa) {
  const Kernels* k = table_of(isa);
  CC_CHECK(k != nullptr, name_of(isa));
  return *k;
}

const Kernels& kernels() { return *current().load(std::memory_order_relaxed); }
void use_isa(Isa isa) { current().store(&kernels_of(isa)); }

}  // namespace corecast::cpu
