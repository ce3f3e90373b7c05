// Lookups of the model's inputs in a table: which of them are taken to be numbers of words.
#pragma once

#include "ops/rules.h"
#include "passes/pass.h"

namespace corecast::coreml::legal {

/// Takes inputs that look up rows of a constant matrix as they are: they number words and the like,
/// which no model passes negative, whatever its format allows. To be called before inputs change
/// their types. True when something changed.
bool trust_lookups(ir::Function& f, const ir::Registry& registry, const ops::Rules& rules,
                   passes::PassContext& context);

}  // namespace corecast::coreml::legal
