// Errors: ErrorKind to the exception classes of corecast.errors.
#include "api/exit_code.h"
#include "api/explain.h"
#include "base/diagnostic_groups.h"
#include "base/strings.h"
#include "python/bindings.h"

namespace corecast::python {
namespace {

void set_error(const char* class_name, const Error& e, const std::vector<Diagnostic>& problems) {
  if (std::string_view(class_name) == "KeyboardInterrupt") {
    PyErr_SetString(PyExc_KeyboardInterrupt, e.message.c_str());
    return;
  }
  const py::object cls = py::module_::import("corecast.errors").attr(class_name);
  py::list list;
  for (const auto& p : problems) {
    if (p.severity == Severity::error) list.append(py::cast(p));
  }
  py::dict details;
  details["code"] = name_of(e.code);
  details["help"] = e.help;
  details["node"] = e.where.node;
  details["op"] = e.where.op;
  details["file"] = e.where.file;
  details["source"] = e.where.source;
  details["problems"] = list;
  const py::object exception = cls(e.message, **details);
  PyErr_SetObject(cls.ptr(), exception.ptr());
}

/// (line, problems) for each kind.
py::list groups_of(const std::vector<Diagnostic>& problems) {
  py::list out;
  for (const DiagnosticGroup& g : grouped(problems)) {
    py::list members;
    for (const Diagnostic* d : g.members) members.append(py::cast(*d));
    out.append(py::make_tuple(g.to_string(), members));
  }
  return out;
}

// Raising an error may itself fail (no memory, a broken installation): that failure is raised then.
template <class Raise>
void guarded(const Raise& raise) {
  try {
    raise();
  } catch (py::error_already_set& e) {
    e.restore();
  }
}

}  // namespace

void define_errors(py::module_& m) {
  py::class_<Diagnostic>(m, "Problem", "One finding: an error, a warning or a note.")
      .def_property_readonly("severity", [](const Diagnostic& d) { return name_of(d.severity); })
      .def_property_readonly("code", [](const Diagnostic& d) { return name_of(d.error.code); })
      .def_property_readonly("message", [](const Diagnostic& d) { return d.error.message; })
      .def_property_readonly("help", [](const Diagnostic& d) { return d.error.help; })
      .def_property_readonly("file", [](const Diagnostic& d) { return d.error.where.file; })
      .def_property_readonly("graph", [](const Diagnostic& d) { return d.error.where.graph; })
      .def_property_readonly("node", [](const Diagnostic& d) { return d.error.where.node; })
      .def_property_readonly("op", [](const Diagnostic& d) { return d.error.where.op; })
      .def_property_readonly("source", [](const Diagnostic& d) { return d.error.where.source; })
      .def("__str__", [](const Diagnostic& d) { return d.error.to_string(); })
      .def("__repr__", [](const Diagnostic& d) {
        return cat("<corecast ", name_of(d.severity), " ", d.error.code, ": ", d.error.to_string(),
                   ">");
      });
  m.def("groups_of", &groups_of, py::arg("problems"));
  m.def(
      "explain", [](const std::string& name) { return api::to_text(take(api::explain(name))); },
      py::arg("name"), "The long text for a code (E2001), a deployment target, a scheme.");
  py::register_exception_translator([](std::exception_ptr p) {
    try {
      if (p) std::rethrow_exception(p);
    } catch (const Failure& f) {
      guarded([&] { set_error(api::exception_name(f.error.kind()), f.error, f.problems); });
    } catch (const InternalError& e) {
      const Error error(Code::E9000, e.what(),
                        "this is a bug in corecast; please report it with the model");
      guarded([&] { set_error(api::exception_name(error.kind()), error, {}); });
    }
  });
}

}  // namespace corecast::python
