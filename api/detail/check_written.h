// What a package holds, compared with what was to be written.
#pragma once

#include <string>

#include "base/result.h"
#include "ir/module.h"

namespace corecast::api {

/// Reads the package at `path`, which was written from `module`, and compares every part of every
/// compressed weight, bit for bit; how many weights. A difference is our bug: InternalError.
/// Errors: those of reading.
Result<std::size_t> check_written(const ir::Module& module, const std::string& path);

}  // namespace corecast::api
