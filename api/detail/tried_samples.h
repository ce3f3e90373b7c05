// Made-up samples that the reference can run, with its answers to them.
#pragma once

#include <memory>

#include "api/detail/samples.h"
#include "validator/runner.h"

namespace corecast::api {

struct TriedSamples {
  Samples samples;
  /// The reference; what it has answered already is not computed again.
  std::unique_ptr<validator::Runner> reference;
};

/// The samples of `options`; made-up ones are run by the reference first. One that it refuses is
/// replaced, at other sizes, up to three times; further samples that it refuses are left out, with
/// a warning (W4021). Note N4024 says how inputs were made. `reference` must outlive the result.
/// Errors: those of samples_of; what the reference says of the last choice, naming the sizes, with
/// a remedy that can be typed; its other errors as they are.
Result<TriedSamples> tried_samples(validator::Runner& reference, const ir::Function& f,
                                   const SampleOptions& options, Diagnostics& diagnostics);

}  // namespace corecast::api
