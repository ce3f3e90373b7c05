// Validation of a package beside its source.
#pragma once

#include "api/model.h"
#include "api/ranges.h"
#include "validator/validate.h"

namespace corecast::api {

struct ValidateOptions {
  /// Of the reference model. Empty: as it was read when the candidate was made from it.
  LoadOptions load;
  /// What computes the reference: "embedded" is corecast itself, the others are those of
  /// validator::references(); "auto" is the one of the model's format if it is here, else corecast.
  std::string reference = "auto";
  executor::Precision precision = executor::Precision::native;  ///< of the candidate
  const executor::EngineEntry* engine = nullptr;  ///< of the candidate; null: the processor
  validator::Thresholds thresholds;
  validator::Ceilings ceilings;
  std::set<validator::Verdict> accepted;  ///< words beside ok that Report::acceptable() takes
  std::optional<std::string> data;        ///< .npz, .npy or a folder of them; empty: generated
  std::uint64_t seed = 0;
  std::vector<RangeOf> ranges;  ///< of inputs that are made up
  int threads = 0;
  int shapes = 1;                ///< generated: how many sets of flexible sizes (1 to 3)
  double timeout_seconds = 600;  ///< for a reference in another process
  std::string python;  ///< interpreter of that process; empty: as validator::ForeignOptions
  Progress progress;
};

/// Runs both on the same inputs and judges every output. `candidate` is read from disk. A failed
/// verdict is no error: see Report::verdict(). Errors: what reading and running report; E1024 an
/// unknown reference, E1005 an output that one side lacks, E1011 a reference for other files, E4001
/// the reference that was asked for is not here, E4006 the engine, E4002 it could not run the
/// model, E5003 it ran too long.
Result<validator::Report> validate(const std::string& reference, const std::string& candidate,
                                   const ValidateOptions& options, Diagnostics& diagnostics);

}  // namespace corecast::api
