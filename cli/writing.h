// What every verb that writes a package does: the options, the writing, the validation after it.
#pragma once

#include "api/convert.h"
#include "cli/command.h"
#include "cli/validation.h"

namespace corecast::cli {

struct WritingFlags {
  std::string output;
  bool force = false, dry_run = false, no_validate = false;
  ValidationFlags validation;
};

void add_writing_options(CLI::App& verb, WritingFlags& flags);

/// What must be right before work starts. Errors: E5101 the output exists; E1004, E1009.
Status check_writing(const WritingFlags& flags);

/// Says and records what --precision auto found; nothing: another precision was asked for.
void tell_precision(const std::optional<api::PrecisionReport>& report, Command& command);

/// Writes `module`, fills the command's result, and validates against `source` (a file) as it was
/// read with `load`. `passed` is the verdict.
Status write_and_validate(const ir::Module& module, const std::string& source,
                          const api::LoadOptions& load, std::optional<mil::Target> target,
                          WritingFlags& flags, Command& command, bool& passed);

}  // namespace corecast::cli
