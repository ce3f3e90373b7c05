// How a goal is reached: candidates for every weight, sensitivities by execution, and a search.
#pragma once

#include "api/compress.h"
#include "api/detail/output_cost.h"
#include "compress/goal/goal.h"

namespace corecast::api {

struct Reached {
  compress::Report report;
  std::string text;  ///< "4.497 of at most 4.5 bits per weight"
};

/// Compresses `module` in place. Without a probe all weights count alike, and there must be no
/// largest drop. Errors: E4103, E5104.
Result<Reached> reach_goal(ir::Module& module, const CompressOptions& options,
                           const OutputProbe* probe, const compress::Context& context);

}  // namespace corecast::api
