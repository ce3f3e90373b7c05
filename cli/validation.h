// The options and the run that convert and validate share.
#pragma once

#include "api/validate.h"
#include "cli/command.h"

namespace corecast::cli {

struct ValidationFlags {
  api::LoadOptions load;
  std::string reference = "auto", precision = "native", engine = "cpu", data, expect, accept;
  std::vector<std::string> atol, rtol, ranges;
  std::uint64_t seed = 0;
  int threads = 0, shapes = 1;
  bool ceilings = true;  ///< false: something else has bounded what is lost
  double timeout = 600;
};

void add_validation_options(CLI::App& verb, ValidationFlags& flags);
/// Reads what is text among the options. Errors: E1004, E1009.
Status check_validation(const ValidationFlags& flags);
/// Runs, fills the command's result, prints the table. `passed` is the verdict.
Status run_validation(const std::string& reference, const std::string& candidate,
                      const ValidationFlags& flags, Command& command, bool& passed);

}  // namespace corecast::cli
