// Deployment targets by the names that every option spells them with.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ops/mil/target.h"

namespace corecast::api {

/// "ios17", "macos14"; "" is empty: the lowest that the result needs. Errors: E1012.
Result<std::optional<mil::Target>> parse_target(std::string_view text);

/// "ios15 to ios18, ios26, macos12 to macos15, macos26": for help texts and errors.
const std::string& target_names();

}  // namespace corecast::api
