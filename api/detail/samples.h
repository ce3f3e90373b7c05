// Samples: the inputs that a model is run on, given or made up.
#pragma once

#include "api/types.h"

namespace corecast::api {

/// Inputs for `f`: from `data` (.npz, .npy or a folder of them; a leading axis more than an input's
/// rank counts samples), else generated from `seed`, one set for each of `shapes` (1 to 3) choices
/// of its flexible sizes. Errors: E1006, E1020, and those of reading arrays.
Result<std::vector<NamedTensors>> samples_of(const ir::Function& f,
                                             const std::optional<std::string>& data,
                                             std::uint64_t seed, int shapes);

/// The same with every float array smoothed along its longer axes, of the same mean and spread as
/// before: noise has no large shapes, pictures and sounds have little else.
NamedTensors smoothed(NamedTensors sample);

}  // namespace corecast::api
