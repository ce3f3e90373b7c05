// The registry of all op rooms, and what the rooms say of MIL.
#pragma once

#include "ir/schema.h"
#include "ops/rules.h"

namespace corecast::ops {

/// Built on first use; lives for the whole process.
const ir::Registry& registry();
/// By OpKind. Core ML's rules table is made of it.
const std::vector<OpRule>& mil_rows();

}  // namespace corecast::ops
