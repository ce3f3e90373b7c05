#include "cli/writing.h"

#include <filesystem>

#include "base/strings.h"

namespace corecast::cli {

void add_writing_options(CLI::App& verb, WritingFlags& f) {
  verb.add_option("-o,--out", f.output, "Package to write")->required()->type_name("OUT.mlpackage");
  verb.add_flag("--force", f.force, "Replace an existing package");
  verb.add_flag("--dry-run", f.dry_run, "Do all but write");
  verb.add_flag("--no-validate", f.no_validate, "Do not run the package beside its source");
  add_validation_options(verb, f.validation);
}

Status check_writing(const WritingFlags& f) {
  if (!f.no_validate) TRY_VOID(check_validation(f.validation));
  std::error_code ec;
  if (!f.dry_run && !f.force && std::filesystem::exists(f.output, ec))
    return Error(Code::E5101, cat(f.output, " exists"), "add --force to replace it");
  return {};
}

void tell_precision(const std::optional<api::PrecisionReport>& report, Command& command) {
  if (!report) return;
  command.result()["precision"] = {{"measured", report->not_measured.empty()},
                                   {"not_measured", report->not_measured},
                                   {"sqnr", number(report->sqnr)},
                                   {"lost", report->lost},
                                   {"kept_in_fp32", report->kept}};
  command.say(cat(api::to_text(*report), "\n"));
}

Status write_and_validate(const ir::Module& module, const std::string& source,
                          const api::LoadOptions& load, std::optional<mil::Target> target,
                          WritingFlags& flags, Command& command, bool& passed) {
  command.progress(cat("writing ", flags.output));
  api::SaveOptions save;
  save.target = target;
  save.force = flags.force;
  save.threads = command.global().threads;
  save.cancelled = interrupted();
  TRY(const api::Saved saved, api::save(module, flags.output, save, command.diagnostics()));
  command.result()["timings"]["write_ms"] = saved.write_ms;
  command.result()["package"] = saved.path;
  command.result()["target"] = mil::name_of(saved.target);
  command.result()["bytes"] = saved.bytes;
  command.result()["ops"] = saved.ops;
  command.say(cat("wrote ", saved.path, ": ", saved.ops, " ops, ", saved.bytes, " bytes, target ",
                  mil::name_of(saved.target),
                  saved.target_reason.empty() ? "" : cat(" (", saved.target_reason, ")"), "\n"));
  if (saved.read_back > 0) {
    command.result()["compressed_weights_read_back"] = saved.read_back;
    command.say(cat("read back: ", saved.read_back,
                    saved.read_back == 1 ? " compressed weight, as coded\n"
                                         : " compressed weights, as coded\n"));
  }
  if (flags.no_validate) {
    command.say("not validated\n");
    return {};
  }
  flags.validation.load = load;
  command.progress("validating");
  return run_validation(source, flags.output, flags.validation, command, passed);
}

}  // namespace corecast::cli
