// Inputs made up from a model's interface: shapes, element types, names, and what the graph does
// with them. Deterministic in the seed.
#pragma once

#include <string>

#include "ir/module.h"
#include "ir/named_tensors.h"

namespace corecast::validator {

using ir::NamedTensors;

struct InputOptions {
  std::uint64_t seed = 0;
  ir::SymbolValues symbols;  ///< sizes by symbol; others get a default within their range
};

/// One value for every input of `f`, by feature name:
///   integers that index a constant table: below its size; other integers: small;
///   names that say mask: ones; booleans: true; images: 0 to 255; floats: standard normal.
/// Errors: E1003 a symbol outside its range; E5001 an input beyond 64 GiB.
Result<NamedTensors> generate_inputs(const ir::Function& f, const InputOptions& options);

/// Sizes for the symbols of `f`, `variant` 0, 1, 2 giving different ones within their ranges.
ir::SymbolValues symbol_values(const ir::Function& f, int variant);

}  // namespace corecast::validator
