// The rule sets that canonicalize is made of, by subject.
#pragma once

#include "passes/rewrite.h"

namespace corecast::passes {

/// Casts, identities, neutral elements, powers, clips, selects.
const RuleSet& arithmetic_rules();
/// Reshapes, transposes and what else only looks at the same elements differently.
const RuleSet& view_rules();
/// Padding that a convolution or pool does itself.
const RuleSet& padding_rules();
/// Lets elementwise ops broadcast instead of broadcast_to in front of them.
bool drop_broadcasts(ir::Function& f);

}  // namespace corecast::passes
