#include "validator/match.h"

#include <algorithm>

namespace corecast::validator {

const ir::Tensor* match(const NamedTensors& outputs, const ir::Function& f, const std::string& name,
                        std::size_t index, std::string& found) {
  found = name;
  if (const auto it = outputs.find(name); it != outputs.end()) return &it->second;
  // A package may have had to rename; the order of outputs is kept.
  if (index >= f.outputs.size()) return nullptr;
  found = f.outputs[index].name;
  const auto it = outputs.find(found);
  return it == outputs.end() ? nullptr : &it->second;
}

// Values in the order of the candidate's inputs, under its names.
NamedTensors renamed(const NamedTensors& inputs, const ir::Function& f,
                     const ir::Function* source) {
  NamedTensors out;
  for (std::size_t i = 0; i < f.inputs.size(); ++i) {
    const std::string& name = f.inputs[i].name;
    if (const auto it = inputs.find(name); it != inputs.end()) {
      out.emplace(name, it->second);
    } else if (source && i < source->inputs.size()) {
      if (const auto other = inputs.find(source->inputs[i].name); other != inputs.end())
        out.emplace(name, other->second);
    }
  }
  // Core ML holds 32-bit numbers at its interface.
  const auto& args = f.block(f.entry()).args;
  for (std::size_t i = 0; i < f.inputs.size(); ++i) {
    const auto it = out.find(f.inputs[i].name);
    if (it == out.end()) continue;
    const ir::Type& type = f.type(args[i]);
    if (type.is_tensor() && it->second.dtype() != type.dtype)
      it->second = it->second.cast(type.dtype);
    if (it->second.rank() == 0 && type.rank() == 1) it->second = it->second.reshaped({1});
  }
  return out;
}

/// A package may keep a number in a vector of one: the same elements in the reference's shape.
ir::Tensor ranked_as(const ir::Tensor& answer, const ir::Tensor& reference) {
  const bool other = answer.count() == reference.count() && answer.rank() != reference.rank();
  return other ? answer.reshaped(reference.dims()) : answer;
}

std::vector<std::string> output_names(const ir::Module* source, const NamedTensors& wanted) {
  std::vector<std::string> names;
  if (source) {
    for (const auto& output : source->main().outputs) names.push_back(output.name);
  }
  if (names.empty()) {
    for (const auto& [name, tensor] : wanted) names.push_back(name);
  }
  return names;
}

}  // namespace corecast::validator
