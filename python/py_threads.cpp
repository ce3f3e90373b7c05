// How many threads work takes.
#include <cstdlib>

#include "base/strings.h"
#include "python/bindings.h"

namespace corecast::python {
namespace {

std::atomic<int>& setting() {
  static std::atomic<int> value = [] {
    std::int64_t n = 0;
    const char* text = std::getenv("CORECAST_THREADS");
    return text && parse_int(text, n) && n > 0 && n <= 4096 ? static_cast<int>(n) : 0;
  }();
  return value;
}

}  // namespace

int threads() { return setting(); }

void define_threads(py::module_& m) {
  m.def(
      "set_threads",
      [](int n) {
        if (n < 0 || n > 4096)
          throw Failure{Error(Code::E1023, cat("cannot use ", n, " threads"), "0 means all cores"),
                        {}};
        setting() = n;
      },
      py::arg("n"),
      "Threads for models that are first run from now on, and for all other work; 0 for all "
      "cores.");
  m.def(
      "get_threads", [] { return threads(); },
      "The number set by set_threads or CORECAST_THREADS; 0 for all cores.");
}

}  // namespace corecast::python
