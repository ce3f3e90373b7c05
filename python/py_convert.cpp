// convert: a source model to a Model ready to be saved.
#include "api/convert.h"
#include "api/targets.h"
#include "python/bindings.h"
#include "python/model.h"

namespace corecast::python {
namespace {

using ModelPtr = std::shared_ptr<Model>;

/// How --precision auto looks at the model.
struct Measuring {
  bool measure;
  std::optional<std::string> data;
  std::vector<std::string> ranges;
};

api::ConvertOptions options_from(const std::string& target, const std::string& precision,
                                 const Measuring& how) {
  api::ConvertOptions options;
  options.measure = how.measure;
  options.data = how.data;
  options.ranges = take(api::parse_ranges(how.ranges));
  options.target = take(api::parse_target(target));
  options.precision = take(api::conversion_precision(precision));
  return options;
}

ModelPtr finish(Result<api::Conversion> conversion, const std::string& path,
                const api::ConvertOptions& options, const Diagnostics& diagnostics) {
  api::Conversion done = take(std::move(conversion), diagnostics);
  api::Model model{std::move(done.converted), path, std::string(api::kPackageFormat)};
  ModelPtr out = take(Model::make(std::move(model), "", {}, diagnostics.all()));
  out->target = options.target;
  return out;
}

/// name, mean, std, range, layout
using ImageTuple = std::tuple<std::string, std::vector<double>, std::vector<double>,
                              std::optional<std::pair<double, double>>, std::string>;

ModelPtr convert_file(const std::string& path, const std::string& target,
                      const std::string& precision, const std::vector<std::string>& inputs,
                      const std::vector<std::string>& outputs,
                      const std::map<std::string, double>& bake,
                      const std::vector<ImageTuple>& images,
                      const std::optional<std::string>& labels, bool measure,
                      const std::optional<std::string>& data,
                      const std::vector<std::string>& ranges) {
  api::ConvertOptions options = options_from(target, precision, {measure, data, ranges});
  options.load.inputs = inputs;
  options.load.outputs = outputs;
  options.load.bake = bake;
  options.labels = labels;
  for (const auto& [name, mean, deviation, range, layout] : images)
    options.load.images.push_back({name, mean, deviation, range, layout});
  Diagnostics diagnostics;
  auto conversion = interruptible([&](const std::atomic<bool>& cancelled) {
    options.threads = threads();
    options.progress.cancelled = &cancelled;
    return api::convert(path, options, diagnostics);
  });
  return finish(std::move(conversion), path, options, diagnostics);
}

ModelPtr convert_model(const ModelPtr& source, const std::string& target,
                       const std::string& precision, bool measure,
                       const std::optional<std::string>& data,
                       const std::vector<std::string>& ranges) {
  api::ConvertOptions options = options_from(target, precision, {measure, data, ranges});
  Diagnostics diagnostics;
  auto conversion = interruptible([&](const std::atomic<bool>& cancelled) {
    options.threads = threads();
    options.progress.cancelled = &cancelled;
    return api::convert(source->model(), options, diagnostics);
  });
  return finish(std::move(conversion), source->model().path, options, diagnostics);
}

}  // namespace

void define_convert(py::module_& m) {
  m.def("convert_file", &convert_file, py::arg("path"), py::arg("target"), py::arg("precision"),
        py::arg("inputs"), py::arg("outputs"), py::arg("bake"), py::arg("images"),
        py::arg("labels"), py::arg("measure"), py::arg("data"), py::arg("ranges"));
  m.def("convert_model", &convert_model, py::arg("model"), py::arg("target"), py::arg("precision"),
        py::arg("measure"), py::arg("data"), py::arg("ranges"));
}

}  // namespace corecast::python
