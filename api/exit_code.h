// What a failure becomes outside: the command's exit code, the class of Python's exception.
#pragma once

#include "base/code.h"

namespace corecast::api {

/// The exit codes of the command; stable.
enum ExitCode : int {
  kOk = 0,
  kGate = 1,
  kUsage = 2,
  kUnsupported = 3,
  kAbsent = 4,
  kLimit = 5,
  kInternal = 70,
  kInterrupted = 130,
  kTerminated = 143,  ///< interrupted by SIGTERM
};

ExitCode exit_code(ErrorKind kind);

/// The class in Python's corecast.errors ("InputError"); for `interrupted` a builtin,
/// "KeyboardInterrupt".
const char* exception_name(ErrorKind kind);

}  // namespace corecast::api
