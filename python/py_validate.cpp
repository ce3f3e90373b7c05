// validate: two models side by side, and what came of it.
#include "api/run.h"
#include "api/validate.h"
#include "base/strings.h"
#include "python/bindings.h"

namespace corecast::python {
namespace {

using validator::Divergence;
using validator::Metrics;
using validator::OutputReport;
using validator::Report;

validator::Thresholds thresholds_from(const std::string& expect, std::optional<double> atol,
                                      std::optional<double> rtol) {
  validator::Thresholds t;
  if (!expect.empty()) t = take(validator::parse_expectations(expect));
  if (atol) t.atol = atol;
  if (rtol) t.rtol = rtol;
  return t;
}

std::shared_ptr<Report> validate(
    const std::string& reference, const std::string& candidate,
    const std::optional<std::string>& data, const std::vector<std::string>& inputs,
    const std::vector<std::string>& outputs, const std::map<std::string, double>& bake,
    const std::string& runtime, const std::string& precision, const std::string& engine,
    const std::string& expect, const std::string& accept, const std::vector<std::string>& ranges,
    std::optional<double> atol, std::optional<double> rtol, std::uint64_t seed, int shapes,
    double timeout, const std::string& python) {
  api::ValidateOptions options;
  options.load.inputs = inputs;
  options.load.outputs = outputs;
  options.load.bake = bake;
  options.reference = runtime;
  options.precision = take(api::precision_from_name(precision));
  options.engine = take(api::engine_from_name(engine));
  options.thresholds = thresholds_from(expect, atol, rtol);
  options.accepted = take(validator::parse_accepted(accept));
  options.ranges = take(api::parse_ranges(ranges));
  options.data = data;
  options.seed = seed;
  options.threads = threads();
  options.shapes = shapes;
  options.timeout_seconds = timeout;
  options.python = python;
  Diagnostics diagnostics;
  auto report = interruptible([&](const std::atomic<bool>& cancelled) {
    options.progress.cancelled = &cancelled;
    return api::validate(reference, candidate, options, diagnostics);
  });
  return std::make_shared<Report>(take(std::move(report), diagnostics));
}

void define_output(py::module_& m) {
  const auto metric = [](auto Metrics::*field) {
    return [field](const OutputReport& o) { return o.metrics.*field; };
  };
  py::class_<OutputReport>(
      m, "OutputReport",
      "One output of a validation: how far it is from the reference, and the verdict.")
      .def_readonly("name", &OutputReport::name)
      .def_readonly("candidate_name", &OutputReport::candidate_name)
      .def_property_readonly("passed", &OutputReport::passed)
      .def_property_readonly(
          "verdict", [](const OutputReport& o) { return name_of(o.verdict); },
          "\"ok\", \"unfit\", \"not-judged\" or \"failed\".")
      .def_readonly("reason", &OutputReport::reason, "Why it is not ok.")
      .def_readonly("allowed", &OutputReport::allowed, "The largest max_rel that passes.")
      .def_readonly("noise_floor", &OutputReport::noise_floor,
                    "max_rel that rounding alone causes; 0 where it was not measured.")
      .def_readonly("compression", &OutputReport::compression,
                    "max_rel that the compressed weights alone cause.")
      .def_readonly("compression_sqnr", &OutputReport::compression_sqnr, "The same in dB.")
      .def_property_readonly("count", metric(&Metrics::count))
      .def_property_readonly("same_shape", metric(&Metrics::same_shape))
      .def_property_readonly("max_abs", metric(&Metrics::max_abs))
      .def_property_readonly("max_rel", metric(&Metrics::max_rel),
                             "Largest difference, as a part of the reference's range.")
      .def_property_readonly("rmse", metric(&Metrics::rmse))
      .def_property_readonly("range", metric(&Metrics::range))
      .def_property_readonly("psnr", metric(&Metrics::psnr), "dB; infinite when equal.")
      .def_property_readonly("sqnr", metric(&Metrics::sqnr), "dB; infinite when equal.")
      .def_property_readonly("centred_sqnr", metric(&Metrics::centred_sqnr),
                             "dB of what varies: without the reference's mean.")
      .def_property_readonly("cosine", metric(&Metrics::cosine))
      .def_property_readonly("nan_mismatches", metric(&Metrics::nan_mismatches))
      .def_property_readonly("inf_mismatches", metric(&Metrics::inf_mismatches))
      .def_property_readonly("top1", metric(&Metrics::top1))
      .def_property_readonly("top5", metric(&Metrics::top5))
      .def("__repr__", [](const OutputReport& o) {
        return cat("OutputReport(name=", quote(o.name), ", verdict=", quote(name_of(o.verdict)),
                   ", psnr=", o.metrics.psnr, ", max_rel=", o.metrics.max_rel, ")");
      });
}

py::dict outputs_by_name(const Report& r) {
  py::dict out;
  for (const auto& o : r.outputs) out[py::str(o.name)] = py::cast(o);
  return out;
}

}  // namespace

void define_validate(py::module_& m) {
  define_output(m);
  py::class_<Divergence>(m, "Divergence",
                         "The first value that is further off than its neighbours before it.")
      .def_readonly("value", &Divergence::value, "Its name in the source model.")
      .def_readonly("op", &Divergence::op)
      .def_readonly("max_rel", &Divergence::max_rel)
      .def("__repr__", [](const Divergence& d) {
        return cat("Divergence(value=", quote(d.value), ", op=", quote(d.op),
                   ", max_rel=", d.max_rel, ")");
      });
  py::class_<Report, std::shared_ptr<Report>>(m, "Report", "A validation. str() is the table.")
      .def_property_readonly("passed", &Report::passed, "Whether the verdict is ok.")
      .def_property_readonly(
          "verdict", [](const Report& r) { return name_of(r.verdict()); },
          "The worst of the outputs': \"ok\", \"not-judged\", \"unfit\" or "
          "\"failed\".")
      .def_property_readonly("acceptable", &Report::acceptable,
                             "Whether every output is ok, or says what `accept` names.")
      .def_property_readonly("outputs", &outputs_by_name, "OutputReport by name.")
      .def_readonly("first_divergence", &Report::first_divergence)
      .def_readonly("first_lost", &Report::first_lost,
                    "Of an unfit output: the first value that fp16 moves by a tenth of its range.")
      .def_readonly("draws", &Report::draws, "Randomly rounded runs behind the floors.")
      .def_readonly("reference", &Report::reference, "What computed the reference.")
      .def_readonly("self_checked", &Report::self_checked,
                    "Why corecast computed the reference itself, and the remedy; empty where "
                    "another runtime did, or where corecast was asked for.")
      .def_readonly("candidate", &Report::candidate, "What ran the candidate.")
      .def_readonly("precision", &Report::precision)
      .def_readonly("samples", &Report::samples)
      .def_readonly("generated", &Report::generated, "Whether the inputs were made up.")
      .def_readonly("inputs_made", &Report::inputs_made, "How, by input; empty: they were given.")
      .def_readonly("sizes_run", &Report::sizes_run, "Sizes of the samples, and those left out.")
      .def("__str__", [](const Report& r) { return validator::to_text(r); })
      .def("__repr__", [](const Report& r) {
        return cat("<corecast.Report ", title_of(r.verdict()), ", ", r.outputs.size(), " outputs>");
      });
  m.def("validate", &validate, py::arg("reference"), py::arg("candidate"), py::kw_only(),
        py::arg("data"), py::arg("inputs"), py::arg("outputs"), py::arg("bake"), py::arg("runtime"),
        py::arg("precision"), py::arg("engine"), py::arg("expect"), py::arg("accept"),
        py::arg("ranges"), py::arg("atol"), py::arg("rtol"), py::arg("seed"), py::arg("shapes"),
        py::arg("timeout"), py::arg("python"));
}

}  // namespace corecast::python
