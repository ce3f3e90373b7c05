// What a source's operators demand of sizes beyond the ops that stand for them.
#pragma once

#include <vector>

#include "ir/size_rules.h"

namespace corecast::ops {

/// Those of ir/size_rules.h, and: a Squeeze of a size that only the run knows, which became a
/// slice, wants it to be 1.
std::vector<ir::SizeRule> size_rules(const ir::Function& f);

}  // namespace corecast::ops
