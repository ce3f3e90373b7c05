// Inputs made up from a model's interface: shapes, element types, names, and what the graph does
// with them. Deterministic in the seed, on every platform.
#pragma once

#include <map>
#include <string>

#include "ir/interval.h"
#include "ir/module.h"
#include "ir/named_tensors.h"

namespace corecast::validator {

using ir::NamedTensors;

struct InputOptions {
  std::uint64_t seed = 0;
  ir::SymbolValues symbols;  ///< sizes by symbol; others get a default within their range
  bool plain = false;        ///< the safest values there are: zeros, and ones where they keep all
  /// By feature name: what the numbers of an input lie within, ends included, whatever its role
  /// says.
  std::map<std::string, ir::Interval> ranges = {};
};

/// One value for every input of `f`, by feature name, as their roles (validator/roles.h) have it.
/// Errors: E1003 a symbol outside its range; E5001 an input beyond 64 GiB.
Result<NamedTensors> generate_inputs(const ir::Function& f, const InputOptions& options);

/// How the values of each input are made, for people, by feature name.
std::map<std::string, std::string> how_inputs_are_made(
    const ir::Function& f, const std::map<std::string, ir::Interval>& ranges = {});

/// Sizes for the symbols of `f` (validator/sizes.h), `variant` 0, 1, 2 giving different ones.
ir::SymbolValues symbol_values(const ir::Function& f, int variant);

}  // namespace corecast::validator
