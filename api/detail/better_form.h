// Whether a palette that was asked for has a better neighbour of the same size.
#pragma once

#include "compress/compress.h"

namespace corecast::api {

/// A note (N4105) when the recipe is one palette for all weights and another form that the target
/// has stores the largest of them (up to some million elements) in no more bytes with clearly less
/// error: both are tried on it. `module` is not compressed yet.
void note_better_form(const ir::Module& module, const compress::Recipe& recipe,
                      const compress::Context& context);

}  // namespace corecast::api
