#include "executor/cpu/isa.h"

#include <atomic>
#include <cstdlib>
#include <string_view>

#include "base/check.h"
#include "executor/cpu/kernels.h"

namespace corecast::cpu {

const Kernels* kernels_generic();
const Kernels* kernels_avx2();
const Kernels* kernels_avx512();

const char* name_of(Isa isa) {
  switch (isa) {
    case Isa::generic: return "generic";
    case Isa::avx2: return "avx2";
    case Isa::avx512: return "avx512";
  }
  CC_UNREACHABLE("isa");
}

namespace {

bool processor_has(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::avx2)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("f16c");
  if (isa == Isa::avx512)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
#endif
  return isa == Isa::generic;
}

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
  const char* wanted = std::getenv("CORECAST_ISA");
  const Kernels* best = kernels_generic();
  for (const Isa isa : {Isa::avx2, Isa::avx512}) {
    const Kernels* k = table_of(isa);
    if (!k) continue;
    best = k;
    if (wanted && std::string_view(wanted) == name_of(isa)) return k;
  }
  return wanted && std::string_view(wanted) == "generic" ? kernels_generic() : best;
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
