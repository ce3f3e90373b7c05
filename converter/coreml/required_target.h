// The lowest deployment target that a module can be written for, and what asks for it.
#pragma once

#include <string>

#include "ir/module.h"
#include "ops/mil/target.h"

namespace corecast::coreml {

struct RequiredTarget {
  mil::Target target = mil::Target::ios15;
  std::string reason;  ///< of the first thing that needs it; empty for the oldest target
};

RequiredTarget required_target(const ir::Module& module);

}  // namespace corecast::coreml
