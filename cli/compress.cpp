// corecast compress IN -o OUT.mlpackage, corecast decompress IN -o OUT.mlpackage
#include "api/compress.h"

#include "api/sizes.h"
#include "api/targets.h"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/compression.h"
#include "cli/writing.h"

namespace corecast::cli {
namespace {

struct Options {
  std::string model, target, precision = "auto";
  std::vector<std::string> bake;
  api::LoadOptions load;
  CompressionFlags compression;
  WritingFlags writing;
};

struct Source {
  ir::Module module;       ///< a package as it is; any other model converted
  ir::SymbolValues sizes;  ///< of a package's runs
};

Result<Source> source_of(Options& o, const std::optional<mil::Target>& target, Command& command) {
  command.progress(cat("reading ", o.model));
  api::ConvertOptions options;
  options.target = target;
  options.threads = command.global().threads;
  TRY(options.precision, api::conversion_precision(o.precision));
  options.measure = !o.writing.no_validate;
  if (!o.writing.validation.data.empty()) options.data = o.writing.validation.data;
  options.seed = o.writing.validation.seed;
  TRY(options.ranges, api::parse_ranges(o.writing.validation.ranges));
  options.progress.cancelled = interrupted();
  TRY(api::SizedModel sized, api::load_to_run(o.model, o.load, {}, command.diagnostics()));
  // What chose the sizes of runs is nothing that the validation could read the package with.
  if (sized.model.format == api::kPackageFormat) o.load.inputs.clear();
  TRY(ir::Module module, api::converted(std::move(sized.model), options, command.diagnostics()));
  return Source{std::move(module), std::move(sized.sizes)};
}

Status compress(Options& o, Command& command, bool& passed) {
  TRY_VOID(finish_load_options(o.bake, o.load));
  TRY(const auto target, api::parse_target(o.target));
  api::CompressOptions options;
  TRY_VOID(read_compression(o.compression, target, options));
  TRY_VOID(check_writing(o.writing));
  options.threads = command.global().threads;
  options.seed = o.writing.validation.seed;
  TRY(options.ranges, api::parse_ranges(o.writing.validation.ranges));
  if (!o.writing.validation.data.empty()) options.data = o.writing.validation.data;
  options.measure = !o.writing.no_validate;
  options.progress.cancelled = interrupted();
  TRY(Source source, source_of(o, target, command));
  ir::Module& module = source.module;
  options.sizes = std::move(source.sizes);
  TRY_VOID(run_compression(module, options, command));
  // The goal has said how much may be lost, and was held.
  o.writing.validation.ceilings = !options.goal.max_drop.has_value();
  command.result()["model"] = o.model;
  if (o.writing.dry_run) {
    command.say("nothing was written\n");
    return {};
  }
  return write_and_validate(module, o.model, o.load, target, o.writing, command, passed);
}

Status decompress(Options& o, Command& command, bool& passed) {
  TRY_VOID(check_writing(o.writing));
  TRY(Source source, source_of(o, {}, command));
  ir::Module& module = source.module;
  const std::size_t n = api::decompress(module);
  command.result()["decompressed"] = n;
  command.say(cat(n, n == 1 ? " weight" : " weights", " expanded\n"));
  if (o.writing.dry_run) return {};
  return write_and_validate(module, o.model, o.load, {}, o.writing, command, passed);
}

}  // namespace

void add_compress(CLI::App& app, const Global& global, int& code) {
  auto o = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand(
      "compress", "Makes a package (or a model, converting it) smaller, and says what it costs");
  verb->add_option("IN", o->model, "Package or ONNX file")->required();
  verb->add_option("--target", o->target,
                   cat("Deployment target: ", api::target_names(),
                       " (default: the lowest that the schemes need)"));
  verb->add_option("--precision", o->precision, "Of a model that is converted: auto, fp16 or fp32")
      ->check(CLI::IsMember({"auto", "fp16", "fp32"}))
      ->capture_default_str();
  add_load_options(*verb, o->load, o->bake);
  add_compression_options(*verb, o->compression);
  add_writing_options(*verb, o->writing);
  verb->callback([o, &global, &code] {
    Command command("compress", global);
    o->writing.validation.threads = global.threads;
    bool passed = true;
    const Status status = compress(*o, command, passed);
    code = command.finish(status, passed);
  });
}

void add_decompress(CLI::App& app, const Global& global, int& code) {
  auto o = std::make_shared<Options>();
  CLI::App* verb =
      app.add_subcommand("decompress", "Stores the weights of a compressed package as they are");
  verb->add_option("IN", o->model, "Package")->required();
  add_writing_options(*verb, o->writing);
  verb->callback([o, &global, &code] {
    Command command("decompress", global);
    o->writing.validation.threads = global.threads;
    bool passed = true;
    const Status status = decompress(*o, command, passed);
    code = command.finish(status, passed);
  });
}

}  // namespace corecast::cli
