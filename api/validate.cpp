#include "api/validate.h"

#include "api/detail/image_input.h"
#include "api/detail/load_record.h"
#include "api/detail/samples.h"
#include "base/strings.h"
#include "compress/compress.h"

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
    NamedTensors all = inputs;
    all.insert(constants_.begin(), constants_.end());
    for (const ImageInput& image : images_) {
      const auto it = all.find(image.name);
      if (it == all.end()) continue;
      TRY(it->second, source_image(image, it->second));
    }
    return inner_->run(all);
  }

 private:
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

}  // namespace

Result<Reference> reference_from_name(std::string_view name) {
  if (name == "auto") return Reference::automatic;
  if (name == "embedded") return Reference::embedded;
  if (name == "onnxruntime") return Reference::onnxruntime;
  return Error(Code::E1024, cat("unknown reference ", quote(name)),
               "auto, embedded or onnxruntime");
}

Result<validator::Report> validate(const std::string& reference, const std::string& candidate,
                                   const ValidateOptions& options, Diagnostics& diagnostics) {
  TRY(const Model package, load(candidate, {}, diagnostics));
  const bool onnx = !looks_like_package(reference);
  // Unless told otherwise, the source is read as it was when the package was made.
  const LoadOptions read_as = !options.load.empty() || !onnx
                                  ? options.load
                                  : recorded_load_options(package.module.metadata);
  TRY(const Model source, load(reference, read_as, diagnostics));
  std::unique_ptr<validator::Runner> runner;
  if (options.reference == Reference::onnxruntime ||
      (options.reference == Reference::automatic && onnx)) {
    if (!onnx) return Error(Code::E1011, "onnxruntime runs ONNX files only").with_file(reference);
    validator::ForeignOptions foreign;
    foreign.threads = options.threads;
    foreign.timeout_seconds = options.timeout_seconds;
    foreign.python = options.python;
    foreign.stop = options.progress.cancelled;
    auto found = validator::onnxruntime_runner(reference, foreign);
    if (found) {
      // As read, with the layouts of images found out.
      LoadOptions used = recorded_load_options(source.module.metadata);
      runner =
          std::make_unique<AsSource>(std::move(*found), constants_of(used), std::move(used.images));
    } else if (options.reference == Reference::onnxruntime) {
      return std::move(found).error();
    } else {
      diagnostics.note(std::move(found).error());
    }
  }
  if (!runner) {
    TRY(runner, validator::embedded_runner(source.module, executor::Precision::fp32,
                                           options.threads, options.progress.cancelled));
  }
  const ir::Function& f = source.module.main();
  TRY(const std::vector<NamedTensors> samples,
      samples_of(f, options.data, options.seed, options.shapes));
  validator::Options judge;
  judge.thresholds = options.thresholds;
  judge.threads = options.threads;
  judge.precision = options.precision;
  judge.stop = options.progress.cancelled;
  judge.engine = options.engine;
  ir::Module expanded = package.module;
  if (compress::decompress(expanded) > 0) judge.expanded = &expanded;
  TRY(validator::Report report,
      validator::validate(*runner, &source.module, package.module, samples, judge));
  report.generated = !options.data.has_value();
  return report;
}

}  // namespace corecast::api
