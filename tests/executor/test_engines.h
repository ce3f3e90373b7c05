// Engines that exist to test the seam: each goes through executor/engine.h as any other would.
#pragma once

#include "executor/engine.h"

namespace corecast::test {

/// The cpu engine under supervision. Memory begins as NaN; so do a step's outputs, and whatever its
/// last reader has read. A step that writes an arena byte which it does not declare fails the test.
extern const executor::EngineEntry kCheckedEngine;

/// Another engine altogether: values are kept as they are declared, results lie mirrored (a layout
/// of its own), and its one kernel calls the rooms.
extern const executor::EngineEntry kRoomsEngine;

/// The same for additions alone; the cpu engine takes the rest.
extern const executor::EngineEntry kAdditionsEngine;

/// All of these, and those of the list that are here, but for the cpu engine.
std::vector<const executor::EngineEntry*> engines_to_test();

}  // namespace corecast::test
