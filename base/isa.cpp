#include "base/isa.h"

#include <cstdlib>
#include <string_view>

#include "base/check.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace corecast {
namespace {

#if defined(__x86_64__)
/// Not every compiler's __builtin_cpu_supports knows this one.
bool processor_has_f16c() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}
#endif

}  // namespace

const char* name_of(Isa isa) {
  switch (isa) {
    case Isa::generic: return "generic";
    case Isa::avx2: return "avx2";
    case Isa::avx512: return "avx512";
  }
  CC_UNREACHABLE("isa");
}

bool processor_has(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::avx2)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && processor_has_f16c();
  if (isa == Isa::avx512)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
#endif
  return isa == Isa::generic;
}

std::vector<Isa> usable_isas() {
  const char* limit = std::getenv("CORECAST_ISA");
  std::vector<Isa> isas;
  for (const Isa isa : {Isa::generic, Isa::avx2, Isa::avx512}) {
    if (processor_has(isa)) isas.push_back(isa);
    if (limit && std::string_view(limit) == name_of(isa)) break;
  }
  return isas;
}

}  // namespace corecast
