// The registry of all op rooms.
#pragma once

#include "ir/schema.h"

namespace corecast::ops {

/// Built on first use; lives for the whole process.
const ir::Registry& registry();

}  // namespace corecast::ops
