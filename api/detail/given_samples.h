// Samples that the user gives: --data.
#pragma once

#include "api/types.h"
#include "base/diagnostics.h"
#include "ir/module.h"

namespace corecast::api {

/// The samples in a .npz, a .npy or a folder of them, fitted to the inputs of `f`. Warnings: W4022
/// numbers that are not finite; N4023 arrays of no input.
/// Errors: E1006 arrays that do not fit, E1020 a folder without arrays, E5001 more than memory
/// holds, and those of reading arrays.
Result<std::vector<NamedTensors>> given_samples(const std::string& path, const ir::Function& f,
                                                Diagnostics& diagnostics);

}  // namespace corecast::api
