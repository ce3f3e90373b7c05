// The interface of a model, as apps see it: features of inputs, outputs and states; metadata.
#pragma once

#include "base/diagnostics.h"
#include "converter/coreml/function_writer.h"
#include "converter/coreml/proto/model.pb.h"
#include "ir/module.h"
#include "ops/mil/target.h"

namespace corecast::coreml {

struct DescriptionOptions {
  mil::Target target = mil::Target::ios15;
  /// Written for sizes without an upper bound, which Core ML does not run; each is warned about.
  std::int64_t assumed_upper_bound = 0;
};

/// `names` holds one entry per function of the module. Faults go to the diagnostics.
void write_description(const ir::Module& module, const std::vector<WrittenNames>& names,
                       const DescriptionOptions& options, pb::ModelDescription& out,
                       Diagnostics& diagnostics);

}  // namespace corecast::coreml
