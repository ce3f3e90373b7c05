// The module corecast._corecast. What users see is the package around it.
#include "api/version.h"
#include "python/bindings.h"

PYBIND11_MODULE(_corecast, m) {
  using namespace corecast::python;
  m.doc() = "Private: use the package corecast.";
  m.attr("__version__") = corecast::api::version();
  define_errors(m);
  define_threads(m);
  define_state(m);
  define_model(m);
  define_check(m);
  define_compress(m);
  define_convert(m);
  define_validate(m);
  define_ops(m);
}
