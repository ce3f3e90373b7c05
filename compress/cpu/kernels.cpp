#include "compress/cpu/kernels.h"

#include "base/isa_choice.h"

namespace corecast::compress {

const Kernels* kernels_generic();
const Kernels* kernels_avx2();
const Kernels* kernels_avx512();

namespace {

IsaChoice<Kernels>& choice() {
  static IsaChoice<Kernels> instance(kernels_generic, kernels_avx2, kernels_avx512);
  return instance;
}

}  // namespace

const Kernels* kernels_of(Isa isa) { return choice().of(isa); }
const Kernels& kernels() { return choice().current(); }
void use_kernels(Isa isa) { choice().use(isa); }

}  // namespace corecast::compress
