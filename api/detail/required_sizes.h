// Sizes that a model leaves open and its ops do not.
#pragma once

#include "api/model.h"
#include "ir/module.h"

namespace corecast::api {

/// Shapes for the inputs of `f` whose sizes are decided by its ops, by input name: those that are
/// run at one size only have it, of those that must be equal one name is left. Ranges that the
/// user gave for the other name are given to the one that is left. Notes N2010 and N2012 say so.
/// Errors: E1002 a range or a number that the user gave and that the ops refuse.
Result<std::map<std::string, ir::Shape>> required_shapes(const ir::Function& f,
                                                         std::vector<InputSpec>& specs,
                                                         Diagnostics& diagnostics);

}  // namespace corecast::api
