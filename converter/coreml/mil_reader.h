// Reads an ML Program: an .mlpackage of ours or of any other tool, or a bare .mlmodel file.
#pragma once

#include <string>

#include "base/diagnostics.h"
#include "base/result.h"
#include "base/stop.h"
#include "ir/module.h"

namespace corecast::coreml {

/// Weights stay mapped from the package. All problems go to `diagnostics`; the error returned sums
/// them up. Errors: E2001 unreadable; E24xx: 2401-2406, 2411, 2412 not a well-formed model, 2421 a
/// model of another kind or a newer format, 2422 ops that corecast does not know, 2423-2425 a part
/// of an op that it does not; E5104 stopped (asked before each op).
Result<ir::Module> read_package(const std::string& path, Diagnostics& diagnostics, Stop stop = {});

}  // namespace corecast::coreml
