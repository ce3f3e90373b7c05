#include "api/validate.h"

#include "api/detail/image_input.h"
#include "api/detail/load_record.h"
#include "api/detail/tried_samples.h"
#include "base/strings.h"
#include "compress/compress.h"
#include "converter/coreml/names.h"
#include "converter/frontend.h"
#include "validator/runner.h"

namespace corecast::api {
namespace {

// Gives a runner that reads the source file itself what that file asks for: inputs that were made
// constants, and images as training saw them.
class AsSource final : public validator::Runner {
 public:
  AsSource(std::unique_ptr<validator::Runner> inner, NamedTensors constants,
           std::vector<ImageInput> images)
      : inner_(std::move(inner)), constants_(std::move(constants)), images_(std::move(images)) {}
  std::string name() const override { return inner_->name(); }
  Result<NamedTensors> run(const NamedTensors& inputs) override {
    TRY(const NamedTensors all, as_source(inputs));
    return inner_->run(all);
  }
  std::vector<Result<NamedTensors>> run_each(std::span<const NamedTensors> samples) override {
    std::vector<NamedTensors> all;
    for (const NamedTensors& sample : samples) {
      auto one = as_source(sample);
      if (!one) return {samples.size(), Result<NamedTensors>(std::move(one).error())};
      all.push_back(*std::move(one));
    }
    return inner_->run_each(all);
  }

 private:
  Result<NamedTensors> as_source(const NamedTensors& inputs) const {
    NamedTensors all = inputs;
    all.insert(constants_.begin(), constants_.end());
    for (const ImageInput& image : images_) {
      const auto it = all.find(image.name);
      if (it == all.end()) continue;
      TRY(it->second, source_image(image, it->second));
    }
    return all;
  }

  std::unique_ptr<validator::Runner> inner_;
  NamedTensors constants_;
  std::vector<ImageInput> images_;
};

NamedTensors constants_of(const LoadOptions& load) {
  NamedTensors constants;
  for (const auto& [name, value] : load.bake) constants.emplace(name, ir::Tensor::scalar(value));
  for (const auto& text : load.inputs) {
    if (const auto spec = parse_input(text); spec && spec->value && !spec->shape) {
      constants.emplace(spec->name, ir::Tensor::scalar(*spec->value));
    }
  }
  return constants;
}

Result<const validator::Reference*> find_reference(const std::string& name) {
  if (name == "auto" || name == "embedded") return nullptr;
  if (const auto* reference = validator::find_reference(name)) return reference;
  std::string known = "auto, embedded";
  for (const auto& r : validator::references()) known += cat(", ", r.name);
  return Error(Code::E1024, cat("unknown reference ", quote(name)), cat("one of ", known));
}

std::string_view title_of(std::string_view format) {
  for (const auto* frontend : converter::frontends()) {
    if (frontend->name == format) return frontend->title;
  }
  return format;
}

/// The runtime of others that computes the reference, reading the source's file itself.
struct ForeignReference {
  std::unique_ptr<validator::Runner> runner;  ///< null: corecast computes it
  std::string missing;  ///< why, where a runtime should have: Report::self_checked
};

Result<ForeignReference> foreign_reference(const Model& source, const std::string& path,
                                           const ValidateOptions& options,
                                           Diagnostics& diagnostics) {
  TRY(const auto* asked, find_reference(options.reference));
  if (asked && asked->format != source.format) {
    return Error(Code::E1011, cat(asked->name, " runs ", title_of(asked->format), " files only"))
        .with_file(path);
  }
  const auto* reference = asked                         ? asked
                          : options.reference == "auto" ? validator::reference_of(source.format)
                                                        : nullptr;
  ForeignReference out;
  if (!reference) return out;
  auto found = reference->open(path, {.python = options.python,
                                      .threads = options.threads,
                                      .timeout_seconds = options.timeout_seconds,
                                      .stop = options.progress.cancelled});
  if (found) {
    // As read, with the layouts of images found out.
    LoadOptions used = recorded_load_options(source.module.metadata);
    out.runner =
        std::make_unique<AsSource>(std::move(*found), constants_of(used), std::move(used.images));
    return out;
  }
  if (asked) return std::move(found).error();
  out.missing = cat(found.error().message, "; ", found.error().help);
  diagnostics.note(std::move(found).error());
  return out;
}

}  // namespace

Result<validator::Report> validate(const std::string& reference, const std::string& candidate,
                                   const ValidateOptions& options, Diagnostics& diagnostics) {
  TRY_VOID(find_reference(options.reference));
  const Stop stop = options.progress.cancelled;
  TRY(const Model package, load(candidate, {.stop = stop}, diagnostics));
  // Unless told otherwise, the source is read as it was when the package was made.
  LoadOptions read_as = !options.load.empty() || looks_like_package(reference)
                            ? options.load
                            : recorded_load_options(package.module.metadata);
  read_as.stop = stop;
  TRY(const Model source, load(reference, read_as, diagnostics));
  TRY(ForeignReference foreign, foreign_reference(source, reference, options, diagnostics));
  std::unique_ptr<validator::Runner> runner = std::move(foreign.runner);
  const SharedPool pool = shared_pool(options.threads);
  if (!runner) {
    TRY(runner, validator::embedded_runner(source.module, executor::Precision::fp32, pool, stop));
  }
  const ir::Function& f = source.module.main();
  // As many samples as are cheap, and the corners of what the interface allows.
  TRY(TriedSamples tried, tried_samples(*runner, f,
                                        {.data = options.data,
                                         .seed = options.seed,
                                         .shapes = options.shapes,
                                         .count = 0,
                                         .ranges = options.ranges,
                                         .corners = true},
                                        diagnostics));
  validator::Options judge;
  judge.thresholds = options.thresholds;
  judge.ceilings = options.ceilings;
  judge.accepted = options.accepted;
  judge.pool = pool;
  judge.precision = options.precision;
  judge.stop = stop;
  judge.engine = options.engine;
  judge.naming = [](std::string_view name) { return coreml::identifier(name); };
  ir::Module expanded = package.module;
  if (compress::decompress(expanded) > 0) judge.expanded = &expanded;
  TRY(validator::Report report, validator::validate(*tried.reference, &source.module,
                                                    package.module, tried.samples.samples, judge));
  report.generated = !options.data.has_value();
  report.inputs_made = std::move(tried.samples.how);
  report.sizes_run = std::move(tried.samples.shapes);
  report.self_checked = std::move(foreign.missing);
  return report;
}

}  // namespace corecast::api
