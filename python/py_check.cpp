// check: what a conversion would meet.
#include "api/check.h"
#include "api/targets.h"
#include "python/bindings.h"

namespace corecast::python {
namespace {

struct Checked {
  api::CheckReport report;
  std::vector<Diagnostic> problems;
  bool convertible = true;
};

Checked check_file(const std::string& path, const std::string& target, const std::string& precision,
                   const std::vector<std::string>& ranges, const std::vector<std::string>& inputs,
                   const std::vector<std::string>& outputs,
                   const std::map<std::string, double>& bake, bool measure) {
  api::CheckOptions options;
  options.convert.target = take(api::parse_target(target));
  options.convert.precision = take(api::conversion_precision(precision));
  options.convert.load.inputs = inputs;
  options.convert.load.outputs = outputs;
  options.convert.load.bake = bake;
  options.measure = measure;
  options.ranges = take(api::parse_ranges(ranges));
  Checked out;
  Diagnostics diagnostics;
  const Status status = interruptible([&](const std::atomic<bool>& cancelled) {
    options.convert.threads = threads();
    options.convert.progress.cancelled = &cancelled;
    return api::check(path, options, out.report, diagnostics);
  });
  // What cannot be converted is what was asked for; what cannot be read is an error.
  const bool unsupported = !status && status.error().kind() == ErrorKind::unsupported;
  if (!unsupported) take(status, diagnostics);
  out.convertible = !unsupported;
  out.problems = diagnostics.all();
  return out;
}

}  // namespace

void define_check(py::module_& m) {
  using api::Finding;
  py::class_<Finding>(m, "Finding")
      .def_property_readonly("code", [](const Finding& f) { return std::string(name_of(f.code)); })
      .def_property_readonly("title",
                             [](const Finding& f) { return std::string(info_of(f.code).title); })
      .def_property_readonly("severity", [](const Finding& f) { return name_of(f.severity); })
      .def_readonly("kind", &Finding::kind)
      .def_readonly("node", &Finding::node)
      .def_readonly("op", &Finding::op)
      .def_readonly("value", &Finding::value)
      .def_readonly("low", &Finding::low)
      .def_readonly("high", &Finding::high)
      .def_readonly("measured", &Finding::measured)
      .def_readonly("fp16_only", &Finding::fp16_only)
      .def_readonly("handled", &Finding::handled)
      .def_readonly("inputs", &Finding::inputs)
      .def_readonly("message", &Finding::message)
      .def_readonly("remedy", &Finding::remedy)
      .def("__repr__", [](const Finding& f) {
        return "Finding(" + std::string(name_of(f.code)) + ", node='" + f.node + "', op='" + f.op +
               "': " + f.message + ")";
      });
  py::class_<Checked>(m, "CheckReport")
      .def_property_readonly("findings", [](const Checked& c) { return c.report.findings; })
      .def_property_readonly("warnings",
                             [](const Checked& c) {
                               std::vector<Finding> out;
                               for (const Finding& f : c.report.findings) {
                                 if (f.severity == Severity::warning) out.push_back(f);
                               }
                               return out;
                             })
      .def_property_readonly("problems", [](const Checked& c) { return c.problems; })
      .def_readonly("convertible", &Checked::convertible)
      .def_property_readonly("measured", [](const Checked& c) { return c.report.measured; })
      .def_property_readonly("ranges",
                             [](const Checked& c) {
                               std::map<std::string, std::tuple<double, double, std::string>> out;
                               for (const auto& r : c.report.inputs)
                                 out[r.name] = {r.low, r.high, r.reason};
                               return out;
                             })
      .def("__repr__", [](const Checked& c) {
        return "CheckReport(" + std::to_string(c.report.findings.size()) + " findings, " +
               std::to_string(c.report.warnings()) + " warnings)";
      });
  m.def("check_file", &check_file, py::arg("path"), py::arg("target"), py::arg("precision"),
        py::arg("ranges"), py::arg("inputs"), py::arg("outputs"), py::arg("bake"),
        py::arg("measure"));
}

}  // namespace corecast::python
