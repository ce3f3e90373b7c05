#include "api/exit_code.h"

#include "base/check.h"

namespace corecast::api {
namespace {

struct Row {
  ErrorKind kind;
  ExitCode code;
  const char* exception;
};
constexpr Row kRows[] = {{ErrorKind::usage, kUsage, "UsageError"},
                         {ErrorKind::input, kUsage, "InputError"},
                         {ErrorKind::unsupported, kUnsupported, "UnsupportedError"},
                         {ErrorKind::gate, kGate, "GateError"},
                         {ErrorKind::absent, kAbsent, "AbsentError"},
                         {ErrorKind::limit, kLimit, "LimitError"},
                         {ErrorKind::interrupted, kInterrupted, "KeyboardInterrupt"},
                         {ErrorKind::internal, kInternal, "InternalError"}};

const Row& row_of(ErrorKind kind) {
  for (const Row& row : kRows) {
    if (row.kind == kind) return row;
  }
  CC_UNREACHABLE("a notice is no failure");
}

}  // namespace

ExitCode exit_code(ErrorKind kind) { return row_of(kind).code; }
const char* exception_name(ErrorKind kind) { return row_of(kind).exception; }

}  // namespace corecast::api
