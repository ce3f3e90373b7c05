#include "executor/cpu/kernels/isa.h"

#include "base/isa_choice.h"
#include "executor/cpu/kernels/kernels.h"

namespace corecast::cpu {

const Kernels* kernels_generic();
const Kernels* kernels_avx2();
const Kernels* kernels_avx512();

namespace {

IsaChoice<Kernels>& choice() {
  static IsaChoice<Kernels> instance(kernels_generic, kernels_avx2, kernels_avx512);
  return instance;
}

}  // namespace

bool has_isa(Isa isa) { return choice().of(isa) != nullptr; }

std::vector<Isa> available_isas() {
  std::vector<Isa> isas;
  for (const Isa isa : {Isa::generic, Isa::avx2, Isa::avx512})
    if (has_isa(isa)) isas.push_back(isa);
  return isas;
}

const Kernels& kernels_of(Isa isa) {
  const Kernels* k = choice().of(isa);
  CC_CHECK(k != nullptr, name_of(isa));
  return *k;
}

const Kernels& kernels() { return choice().current(); }
void use_isa(Isa isa) { choice().use(isa); }

}  // namespace corecast::cpu
