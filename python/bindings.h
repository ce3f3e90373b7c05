// What the files of the Python module share: errors, tensors, interruption. Each file defines one
// concept with define_<concept>(module), all called from py_module.cpp.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <string>

#include "api/types.h"
#include "base/background.h"
#include "base/shared_pool.h"

namespace corecast::python {

namespace py = pybind11;

void define_check(py::module_& m);
void define_compress(py::module_& m);
void define_convert(py::module_& m);
void define_errors(py::module_& m);
void define_model(py::module_& m);
void define_ops(py::module_& m);
void define_state(py::module_& m);
void define_threads(py::module_& m);
void define_validate(py::module_& m);

/// Thrown through pybind11; becomes the exception of corecast.errors that fits the error's kind.
struct Failure {
  Error error;
  std::vector<Diagnostic> problems;  ///< everything found, the error's own cause among it
};

/// The value, or a Failure.
template <class T>
T take(Result<T> result, const Diagnostics& diagnostics = {}) {
  if (!result) throw Failure{std::move(result).error(), diagnostics.all()};
  return std::move(result).value();
}
inline void take(const Status& status, const Diagnostics& diagnostics = {}) {
  if (!status) throw Failure{status.error(), diagnostics.all()};
}

/// Any array-like of numbers, booleans or text (torch tensors included). A C-ordered array is not
/// copied: the tensor keeps it alive. Raises UsageError naming `name` for what is no array.
ir::Tensor to_tensor(py::handle value, const std::string& name);
api::NamedTensors to_tensors(const py::dict& arrays);
/// Takes over the tensor's memory where nothing else shares it. Types that numpy lacks come wider:
/// bf16 and 8-bit floats as float32, integers below 8 bits as (u)int8.
py::object to_numpy(ir::Tensor tensor);
py::dict to_numpy(api::NamedTensors tensors);

/// "float32", "int8", ...: numpy's name, or the IR's where numpy has none.
std::string numpy_name(ir::DType dtype);

/// Of every model that is run from now on; 0: all cores.
int threads();
/// So many, which all models share that were first run while threads() was this.
SharedPool pool();

/// Runs work(cancelled) on a thread of its own (where one can be had), without the interpreter
/// lock, while this one looks for signals. Ctrl-C sets `cancelled`; the work ends at its next
/// stage, then KeyboardInterrupt is raised.
template <class Work>
auto interruptible(Work&& work) {
  std::atomic<bool> cancelled = false;
  auto result = [&] {
    const py::gil_scoped_release release;
    return in_background([&] { return work(cancelled); });
  }();
  std::optional<py::error_already_set> signal;
  while (true) {
    {
      const py::gil_scoped_release release;
      if (result.wait_for(std::chrono::milliseconds(20)) == std::future_status::ready) break;
    }
    if (!signal && PyErr_CheckSignals() != 0) {
      signal.emplace();
      cancelled = true;
    }
  }
  if (signal) throw std::move(*signal);
  return result.get();
}

}  // namespace corecast::python
