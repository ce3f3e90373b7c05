// Compressed weights on targets that do not know them.
#pragma once

#include "passes/pass.h"

namespace corecast::coreml::legal {

/// Replaces the constexpr ops that came after the target by the constants that they stand for.
/// Warning: W3104. True when something changed.
bool expand_compressed(ir::Function& f, const ir::Registry& registry, const ops::Rules& rules,
                       passes::PassContext& context);

}  // namespace corecast::coreml::legal
