// Structural hash: equal for functions that do the same, whatever their values, ops and blocks are
// called and numbered. Names of features count (they are the interface); locations do not.
#pragma once

#include "ir/module.h"

namespace corecast::ir {

std::uint64_t structural_hash(const Function& f);
std::uint64_t structural_hash(const Module& m);
std::uint64_t structural_hash(const Attribute& a);

}  // namespace corecast::ir
