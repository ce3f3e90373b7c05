// Which values of a graph are rounded where a candidate that was made from it is run.
#pragma once

#include <vector>

#include "ir/module.h"
#include "validator/match.h"

namespace corecast::validator {

/// By index of the values of `source`'s default function: those that `candidate` declares as fp16.
/// Values that it does not have (they were fused) are rounded where what they become is; what
/// decides sizes and positions is not. Without a value in common, all floats are.
std::vector<bool> rounded_values(const ir::Module& source, const ir::Module& candidate,
                                 Naming naming = nullptr);

/// Those that the module itself declares as fp16.
std::vector<bool> declared_half(const ir::Module& module);

/// All floats: for a candidate that is run in fp16 whatever it declares.
std::vector<bool> all_floats(const ir::Module& module);

/// The constants that `rounded` values are computed from.
std::vector<bool> only_constants(const ir::Module& module, const std::vector<bool>& rounded);

/// Whether output `index` depends on no input.
bool is_fixed(const ir::Function& f, std::size_t index);

}  // namespace corecast::validator
