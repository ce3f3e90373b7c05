// Instruction sets. Inner loops are written once against base/simd.h and compiled once per set, in
// files named for it (cmake/targets.cmake); the choice is made at run time.
#pragma once

#include <vector>

namespace corecast {

enum class Isa : unsigned char {
  generic,  ///< what the build targets anyway: SSE2 or NEON, 4 floats
  avx2,     ///< with FMA and F16C, 8 floats
  avx512,   ///< F, BW, VL, DQ; 16 floats
};

const char* name_of(Isa isa);

/// Whether this processor can run the set.
bool processor_has(Isa isa);

/// The sets to choose from, the best one last: what the processor has, up to the one that
/// CORECAST_ISA=generic|avx2|avx512 names in the environment (for tests).
std::vector<Isa> usable_isas();

}  // namespace corecast
