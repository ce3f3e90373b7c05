// How many threads work takes.
#include <unistd.h>

#include <cstdlib>
#include <mutex>

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

SharedPool pool() {
  static std::mutex mutex;
  static std::weak_ptr<ThreadPool> latest;  // lives with the models that use it
  static int wanted = 0;
  static pid_t process = 0;
  const std::scoped_lock lock(mutex);
  SharedPool found = latest.lock();
  // The threads of a pool do not follow into a forked process.
  if (!found || wanted != threads() || process != ::getpid()) {
    wanted = threads();
    process = ::getpid();
    latest = found = shared_pool(wanted);
  }
  return found;
}

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
