// What inference takes for granted of sizes that it cannot prove equal.
#pragma once

#include "ir/dim.h"

namespace corecast::ir {

/// Says that a graph works only where `a` equals `b`; with `broadcasts`, also where one of them is
/// 1. Heard by the SizeRules that listen on this thread (ir/size_rules.h), else by nobody.
void take_equal(const Dim& a, const Dim& b, bool broadcasts = false);

}  // namespace corecast::ir
