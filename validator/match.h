// What belongs together on both sides of a validation: inputs and outputs, by name, else by
// position.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ir/module.h"
#include "ir/named_tensors.h"

namespace corecast::validator {

using ir::NamedTensors;

/// What the candidate's format makes of a value's name in the source. Null: it keeps them.
using Naming = std::string (*)(std::string_view source);
inline std::string named_by(Naming naming, std::string_view source) {
  return naming ? naming(source) : std::string(source);
}

/// Outputs of the reference, in the order of `source`; null: those that there are.
std::vector<std::string> output_names(const ir::Module* source, const NamedTensors& wanted);

/// The candidate's output that belongs to the reference's output `name`, the `index`-th; null:
/// there is none. `found` is its name.
const ir::Tensor* match(const NamedTensors& outputs, const ir::Function& f, const std::string& name,
                        std::size_t index, std::string& found);

/// Values in the order of the candidate's inputs, under its names and in its types.
NamedTensors renamed(const NamedTensors& inputs, const ir::Function& f, const ir::Function* source);

/// A package may keep a number in a vector of one: the same elements in the reference's shape.
ir::Tensor ranked_as(const ir::Tensor& answer, const ir::Tensor& reference);

}  // namespace corecast::validator
