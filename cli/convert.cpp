// corecast convert MODEL -o OUT.mlpackage
#include "api/convert.h"

#include <chrono>
#include <cstdio>
#include <filesystem>

#include "api/validate.h"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/images.h"
#include "cli/validation.h"

namespace corecast::cli {
namespace {

struct Options {
  std::string model, output, target, precision = "fp16", print_ir_after, labels;
  ImageFlags images;
  std::vector<std::string> bake, disabled;
  std::int64_t rewrite_limit = -1;
  bool force = false, dry_run = false, no_validate = false;
  api::LoadOptions load;
  ValidationFlags validation;
};

Status convert(Options& o, Command& command, bool& passed) {
  TRY_VOID(parse_bake(o.bake, o.load));
  TRY_VOID(parse_images(o.images, o.load));
  if (!o.no_validate) TRY_VOID(check_validation(o.validation));  // before anything is written
  api::ConvertOptions options;
  options.load = o.load;
  if (!o.labels.empty()) options.labels = o.labels;
  if (!o.target.empty()) {
    options.target = ir::target_from_name(o.target);
    if (!options.target) {
      return Error(ErrorKind::usage, "E1012", cat("unknown target ", quote(o.target)),
                   "ios15 to ios18, ios26, macos12 to macos15, macos26");
    }
  }
  if (o.precision == "fp32")
    options.precision = api::Precision::fp32;
  else if (o.precision == "auto")
    options.precision = api::Precision::automatic;
  options.disabled_passes = o.disabled;
  options.rewrite_limit = o.rewrite_limit;
  options.print_ir_after = o.print_ir_after;
  options.print = [](const std::string& text) { std::fputs(text.c_str(), stderr); };
  options.progress.cancelled = interrupted();
  std::error_code ec;
  if (!o.dry_run && !o.force && std::filesystem::exists(o.output, ec)) {
    return Error(ErrorKind::usage, "E5101", cat(o.output, " exists"), "add --force to replace it");
  }
  command.progress(cat("reading ", o.model));
  TRY(const api::Conversion c, api::convert(o.model, options, command.diagnostics()));
  command.result()["timings"] = {{"import_ms", c.import_ms}, {"passes_ms", c.passes_ms}};
  for (const auto& p : c.passes) {
    command.result()["passes"].push_back(
        {{"name", p.name}, {"ms", p.milliseconds}, {"ops_removed", p.ops_removed}});
  }
  command.result()["model"] = o.model;
  if (o.dry_run) {
    command.say(
        cat(o.model, " converts (", c.converted.main().op_count(), " ops); nothing was written\n"));
    return {};
  }
  command.progress(cat("writing ", o.output));
  api::SaveOptions save;
  save.target = options.target;
  save.force = o.force;
  save.cancelled = interrupted();
  const auto start = std::chrono::steady_clock::now();
  TRY(const api::Saved saved, api::save(c.converted, o.output, save, command.diagnostics()));
  command.result()["timings"]["write_ms"] =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  command.result()["package"] = saved.path;
  command.result()["target"] = ir::name_of(saved.target);
  command.result()["bytes"] = saved.bytes;
  command.result()["ops"] = saved.ops;
  command.say(cat("wrote ", saved.path, ": ", saved.ops, " ops, ", saved.bytes, " bytes, target ",
                  ir::name_of(saved.target),
                  saved.target_reason.empty() ? "" : cat(" (", saved.target_reason, ")"), "\n"));
  if (o.no_validate) {
    command.say("not validated\n");
    return {};
  }
  o.validation.load = o.load;
  command.progress("validating");
  return run_validation(o.model, o.output, o.validation, command, passed);
}

}  // namespace

void add_convert(CLI::App& app, const Global& global, int& code) {
  auto o = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand(
      "convert", "Converts a model to a Core ML package, and validates what it wrote");
  verb->add_option("MODEL", o->model, "ONNX file")->required();
  verb->add_option("-o,--out", o->output, "Package to write")
      ->required()
      ->type_name("OUT.mlpackage");
  verb->add_option(
      "--target", o->target,
      "Deployment target: ios15 to ios18, ios26, macos12 ... (default: the lowest that fits)");
  verb->add_option("--precision", o->precision, "fp16, fp32 or auto")
      ->check(CLI::IsMember({"fp16", "fp32", "auto"}))
      ->capture_default_str();
  add_load_options(*verb, o->load, o->bake);
  add_image_options(*verb, o->images);
  verb->add_option("--labels", o->labels, "Class labels: one a line, or a JSON array")
      ->type_name("FILE");
  verb->add_flag("--force", o->force, "Replace an existing package");
  verb->add_flag("--dry-run", o->dry_run, "Convert, but write nothing");
  verb->add_flag("--no-validate", o->no_validate, "Do not run the package beside its source");
  verb->add_option("--disable-pass", o->disabled, "Leave out a pass (repeatable)")
      ->type_name("NAME");
  verb->add_option("--print-ir-after", o->print_ir_after,
                   "Print the IR after this pass, or after all")
      ->type_name("PASS");
  verb->add_option("--rewrite-limit", o->rewrite_limit, "Stop rewriting after so many rewrites");
  add_validation_options(*verb, o->validation);
  verb->callback([o, &global, &code] {
    Command command("convert", global);
    o->validation.threads = global.threads;
    bool passed = true;
    const Status status = convert(*o, command, passed);
    code = command.finish(status, passed);
  });
}

}  // namespace corecast::cli
