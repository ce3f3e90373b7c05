// What a package remembers of how its source was read, so that the source can be read like that
// again.
#pragma once

#include "api/types.h"

namespace corecast::api {

/// Writes the options into the user metadata; nothing for options that are all empty.
void record_load_options(const LoadOptions& options, ir::Metadata& metadata);
/// What record_load_options wrote; empty options where it wrote nothing, or somebody else did.
LoadOptions recorded_load_options(const ir::Metadata& metadata);

}  // namespace corecast::api
