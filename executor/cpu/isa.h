// Instruction sets. Kernels are written once against simd.h and compiled once per set; the choice
// is made at run time. CORECAST_ISA=generic|avx2|avx512 in the environment lowers the choice
// (tests).
#pragma once

#include <vector>

namespace corecast::cpu {

enum class Isa : unsigned char {
  generic,  ///< what the build targets anyway: SSE2 or NEON, 4 floats
  avx2,     ///< with FMA and F16C, 8 floats
  avx512,   ///< F, BW, VL, DQ; 16 floats
};

const char* name_of(Isa isa);

/// Whether this processor can run the set and this build contains it.
bool has_isa(Isa isa);
/// All sets that can run here, the best one last.
std::vector<Isa> available_isas();

struct Kernels;
/// The inner loops of one set. Precondition: has_isa(isa).
const Kernels& kernels_of(Isa isa);
/// The inner loops in use: the best set, unless the environment or use_isa says otherwise.
const Kernels& kernels();
/// Changes what kernels() returns. For tests and benchmarks; packed weights do not survive it.
void use_isa(Isa isa);

}  // namespace corecast::cpu
