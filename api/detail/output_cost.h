// What a change of a module's weights does to its outputs.
#pragma once

#include "api/compress.h"
#include "validator/runner.h"

namespace corecast::api {

/// Runs a module once on some samples and compares changed versions of it with that.
class OutputProbe {
 public:
  /// `original` is run here, in exact arithmetic. Errors: those of compiling and running it.
  static Result<OutputProbe> make(const ir::Module& original, std::vector<NamedTensors> samples,
                                  SharedPool pool);

  /// Per output, in the order of the interface.
  Result<std::vector<OutputCost>> costs(const ir::Module& changed) const;
  /// Per sample: error over signal in squares, the mean over outputs.
  Result<std::vector<double>> relative_errors(const ir::Module& changed) const;

 private:
  std::vector<NamedTensors> samples_, wanted_;
  std::vector<std::string> outputs_;
  SharedPool pool_;
};

/// Whether `costs` hold the thresholds; the reason why not otherwise.
std::optional<std::string> violated(const std::vector<OutputCost>& costs,
                                    const validator::Thresholds& thresholds);

}  // namespace corecast::api
