// The one type for tensors by name, shared by the interpreter, the executor and everything above.
#pragma once

#include <map>
#include <string>

#include "ir/tensor.h"

namespace corecast::ir {

/// Tensors by feature name: a model's inputs, outputs or states.
using NamedTensors = std::map<std::string, Tensor, std::less<>>;

}  // namespace corecast::ir
