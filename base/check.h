// CHECK: our own bugs. A failed CHECK throws InternalError; it never aborts the host process.
// The input's faults are reported through Result<T> (base/result.h) instead.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace corecast {

/// A broken invariant inside corecast. Mapped to exit code 70 and Python's `InternalError`.
class InternalError : public std::logic_error {
 public:
  explicit InternalError(const std::string& what) : std::logic_error(what) {}
};

[[noreturn]] void check_failed(const char* expression, const char* file, int line,
                               std::string_view message = {});

}  // namespace corecast

#define CC_CHECK(expr, ...)          \
  (static_cast<bool>(expr) ? void(0) \
                           : ::corecast::check_failed(#expr, __FILE__, __LINE__, ##__VA_ARGS__))

#define CC_UNREACHABLE(message) ::corecast::check_failed("unreachable", __FILE__, __LINE__, message)
