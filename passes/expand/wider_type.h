// Computing in another element type where the target does not take the IR's.
#pragma once

#include "passes/expand/site.h"

namespace corecast::passes {

/// Where the op's data are bools or i32 that the target does not take there: the op in i32 or else
/// in f32, between casts. Empty when it is fine, or there is no such type.
Values in_wider_type(Site& s);

}  // namespace corecast::passes
