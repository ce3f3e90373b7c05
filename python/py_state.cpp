// State: a mapping of names to arrays that runs read and write.
#include "api/run.h"
#include "base/strings.h"
#include "python/bindings.h"
#include "python/state.h"

namespace corecast::python {

State::State(std::map<std::string, ir::Type> types) : types_(std::move(types)) {
  for (const auto& [name, type] : types_)
    tensors_.emplace(name, ir::Tensor::zeros(type.dtype, ir::static_dims(type.shape)));
}

ir::Tensor State::get(const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  return tensors_.find(name)->second;
}

void State::set(const std::string& name, ir::Tensor value) {
  const std::scoped_lock lock(mutex_);
  tensors_.insert_or_assign(name, std::move(value));
}

namespace {

const ir::Type& type_of(const State& s, const std::string& name) {
  const auto it = s.types().find(name);
  if (it == s.types().end()) throw py::key_error(name);
  return it->second;
}

py::object read(const State& s, const std::string& name) {
  type_of(s, name);
  ir::Tensor t = [&] {
    const py::gil_scoped_release release;  // a run may hold the lock
    return s.get(name);
  }();
  return to_numpy(std::move(t));
}

void write(State& s, const std::string& name, const py::object& value) {
  const ir::Type& type = type_of(s, name);
  const ir::Tensor given = to_tensor(value, name);
  if (given.dims() != ir::static_dims(type.shape)) {
    throw Failure{
        Error(Code::E2102, cat("state ", quote(name), " has shape ", ir::to_string(type.shape),
                               ", not [", join(given.dims(), ","), "]")),
        {}};
  }
  ir::Tensor t = take(api::lossless_cast(given, type.dtype, name));
  // A copy: the caller may change its array later, and a state must not change with it.
  t = ir::Tensor::from_bytes(t.dtype(), t.dims(), t.bytes());
  const py::gil_scoped_release release;
  s.set(name, std::move(t));
}

}  // namespace

void define_state(py::module_& m) {
  py::class_<State>(
      m, "State",
      "The states of a model between runs: a mapping of names to arrays. Reading gives a copy.")
      .def("__getitem__", &read, py::arg("name"))
      .def("__setitem__", &write, py::arg("name"), py::arg("value"))
      .def("__len__", [](const State& s) { return s.types().size(); })
      .def("__contains__",
           [](const State& s, const std::string& name) { return s.types().contains(name); })
      .def("keys",
           [](const State& s) {
             py::list names;
             for (const auto& [name, type] : s.types()) names.append(name);
             return names;
           })
      .def("__iter__", [](const py::object& s) { return py::iter(s.attr("keys")()); })
      .def("__repr__", [](const State& s) {
        std::vector<std::string> parts;
        for (const auto& [name, type] : s.types())
          parts.push_back(cat(name, ": ", numpy_name(type.dtype), ir::to_string(type.shape)));
        return cat("<corecast.State ", join(parts), ">");
      });
}

}  // namespace corecast::python
