// corecast convert MODEL -o OUT.mlpackage
#include "api/convert.h"

#include <cstdio>

#include "api/targets.h"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/compression.h"
#include "cli/images.h"
#include "cli/writing.h"

namespace corecast::cli {
namespace {

struct Options {
  std::string model, target, precision = "auto", print_ir_after, labels;
  ImageFlags images;
  std::vector<std::string> bake, disabled;
  std::int64_t rewrite_limit = -1;
  bool check_passes = false;
  api::LoadOptions load;
  CompressionFlags compression;
  WritingFlags writing;
};

Status convert(Options& o, Command& command, bool& passed) {
  TRY_VOID(finish_load_options(o.bake, o.load));
  TRY_VOID(parse_images(o.images, o.load));
  TRY_VOID(check_writing(o.writing));
  api::ConvertOptions options;
  options.load = o.load;
  if (!o.labels.empty()) options.labels = o.labels;
  TRY(options.target, api::parse_target(o.target));
  api::CompressOptions compression;
  if (o.compression.any())
    TRY_VOID(read_compression(o.compression, options.target, compression));
  else
    TRY_VOID(api::check_words(o.compression.scheme));
  TRY(options.precision, api::conversion_precision(o.precision));
  options.measure = !o.writing.no_validate;
  if (!o.writing.validation.data.empty()) options.data = o.writing.validation.data;
  options.seed = o.writing.validation.seed;
  TRY(options.ranges, api::parse_ranges(o.writing.validation.ranges));
  options.disabled_passes = o.disabled;
  options.rewrite_limit = o.rewrite_limit;
  options.print_ir_after = o.print_ir_after;
  options.check_passes = o.check_passes;
  options.print = [](const std::string& text) { std::fputs(text.c_str(), stderr); };
  options.threads = command.global().threads;
  options.progress.cancelled = interrupted();
  command.progress(cat("reading ", o.model));
  TRY(api::Conversion c, api::convert(o.model, options, command.diagnostics()));
  command.result()["timings"] = {{"import_ms", c.import_ms}, {"passes_ms", c.passes_ms}};
  for (const auto& p : c.passes) {
    command.result()["passes"].push_back(
        {{"name", p.name}, {"ms", p.milliseconds}, {"ops_removed", p.ops_removed}});
  }
  if (o.check_passes) {
    command.result()["passes_checked"] = c.passes_checked;
    command.say(cat(c.passes_checked, " passes changed the model and kept its numbers\n"));
  }
  command.result()["model"] = o.model;
  tell_precision(c.precision, command);
  if (o.compression.any()) {
    compression.threads = command.global().threads;
    compression.seed = o.writing.validation.seed;
    compression.ranges = options.ranges;
    if (!o.writing.validation.data.empty()) compression.data = o.writing.validation.data;
    compression.measure = !o.writing.no_validate;
    compression.progress.cancelled = interrupted();
    TRY_VOID(run_compression(c.converted, compression, command));
    o.writing.validation.ceilings = !compression.goal.max_drop.has_value();
  }
  if (o.writing.dry_run) {
    command.say(
        cat(o.model, " converts (", c.converted.main().op_count(), " ops); nothing was written\n"));
    return {};
  }
  return write_and_validate(c.converted, o.model, o.load, options.target, o.writing, command,
                            passed);
}

}  // namespace

void add_convert(CLI::App& app, const Global& global, int& code) {
  auto o = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand(
      "convert", "Converts a model to a Core ML package, and validates what it wrote");
  verb->add_option("MODEL", o->model, "ONNX file")->required();
  verb->add_option(
      "--target", o->target,
      cat("Deployment target: ", api::target_names(), " (default: the lowest that fits)"));
  verb->add_option("--precision", o->precision, "auto (fp16 wherever it holds), fp16 or fp32")
      ->check(CLI::IsMember({"auto", "fp16", "fp32"}))
      ->capture_default_str();
  add_load_options(*verb, o->load, o->bake);
  add_image_options(*verb, o->images);
  verb->add_option("--labels", o->labels, "Class labels: one a line, or a JSON array")
      ->type_name("FILE");
  verb->add_option("--disable-pass", o->disabled, "Leave out a pass (repeatable)")
      ->type_name("NAME");
  verb->add_option("--print-ir-after", o->print_ir_after,
                   "Print the IR after this pass, or after all")
      ->type_name("PASS");
  verb->add_option("--rewrite-limit", o->rewrite_limit, "Stop rewriting after so many rewrites");
  verb->add_flag("--check-passes", o->check_passes,
                 "Run the model before and after every pass; name the one that changes numbers");
  add_compression_options(*verb, o->compression);
  add_writing_options(*verb, o->writing);
  verb->callback([o, &global, &code] {
    Command command("convert", global);
    o->writing.validation.threads = global.threads;
    bool passed = true;
    const Status status = convert(*o, command, passed);
    code = command.finish(status, passed);
  });
}

}  // namespace corecast::cli
