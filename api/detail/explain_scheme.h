// What `explain` says of compression schemes.
#pragma once

#include <optional>

#include "api/explain.h"
#include "ops/mil/target.h"

namespace corecast::api {

/// "palettize", "quantize", "prune".
std::vector<std::string> scheme_names();
/// Empty when there is none of this name.
std::optional<Explanation> explain_scheme(std::string_view name);
/// The options whose forms came with `target`: "--palettize 4 --granularity group:16", ...
std::vector<std::string> schemes_since(mil::Target target);

}  // namespace corecast::api
