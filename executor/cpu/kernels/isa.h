// The kernels of each instruction set (base/isa.h), and the choice between them at run time.
#pragma once

#include <vector>

#include "base/isa.h"

namespace corecast::cpu {

using corecast::Isa;
using corecast::name_of;

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
