#include "api/validate.h"

#include <algorithm>
#include <filesystem>

#include "api/arrays.h"
#include "api/image_input.h"
#include "api/load_record.h"
#include "base/strings.h"
#include "validator/inputs.h"

namespace corecast::api {
namespace {

namespace fs = std::filesystem;

Result<std::vector<NamedTensors>> given_samples(const std::string& path, const ir::Function& f) {
  std::error_code ec;
  std::vector<std::string> files;
  if (fs::is_directory(path, ec)) {
    for (const auto& entry : fs::directory_iterator(path, ec)) {
      if (entry.path().extension() == ".npz" || entry.path().extension() == ".npy")
        files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    if (files.empty())
      return Error(ErrorKind::usage, "E1006", cat("no .npz or .npy files in ", path));
  } else {
    files.push_back(path);
  }
  std::vector<NamedTensors> all;
  for (const auto& file : files) {
    TRY(NamedTensors arrays, read_arrays(file));
    // Arrays for inputs that were baked into the model are no mistake.
    for (auto it = arrays.begin(); it != arrays.end();) {
      const bool known =
          it->first.empty() || std::any_of(f.inputs.begin(), f.inputs.end(),
                                           [&](const auto& i) { return i.name == it->first; });
      it = known ? std::next(it) : arrays.erase(it);
    }
    auto samples = samples_for(f, arrays);
    if (!samples) return std::move(samples).error().with_file(file);
    all.insert(all.end(), samples->begin(), samples->end());
  }
  return all;
}

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
    if (!onnx)
      return Error(ErrorKind::usage, "E1011", "onnxruntime runs ONNX files only")
          .with_file(reference);
    validator::ForeignOptions foreign;
    foreign.threads = options.threads;
    foreign.timeout_seconds = options.timeout_seconds;
    foreign.python = options.python;
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
    TRY(runner,
        validator::embedded_runner(source.module, executor::Precision::fp32, options.threads));
  }
  const ir::Function& f = source.module.main();
  std::vector<NamedTensors> samples;
  if (options.data) {
    TRY(samples, given_samples(*options.data, f));
  } else {
    const int variants = f.symbols.empty() ? 1 : std::clamp(options.shapes, 1, 3);
    for (int v = 0; v < variants; ++v) {
      validator::InputOptions inputs;
      inputs.seed = options.seed + static_cast<std::uint64_t>(v);
      inputs.symbols = validator::symbol_values(f, v);
      TRY(samples.emplace_back(), validator::generate_inputs(f, inputs));
    }
  }
  validator::Options judge;
  judge.thresholds = options.thresholds;
  judge.threads = options.threads;
  judge.precision = options.precision;
  TRY(validator::Report report,
      validator::validate(*runner, &source.module, package.module, samples, judge));
  report.generated = !options.data.has_value();
  return report;
}

}  // namespace corecast::api
