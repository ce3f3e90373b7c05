// From a function and concrete input shapes to a Program.
#pragma once

#include "executor/lowering.h"

namespace corecast::executor {

/// `arg_dims`: per argument of the entry block (ignored for states). `observed`: nothing is fused
/// and no op is skipped, so that every value exists.
Result<std::unique_ptr<Program>> specialize(Model& model,
                                            const std::vector<std::vector<std::int64_t>>& arg_dims,
                                            bool observed);

}  // namespace corecast::executor
