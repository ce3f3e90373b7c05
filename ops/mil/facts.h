// How MIL sees an op, as its room states it: `.mil = {...}` of the room, and the modifiers of its
// operands and attributes (ops/detail/room.h). The rules table of Core ML is made of these.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "ops/mil/target.h"
#include "ops/rules.h"

namespace corecast::mil {

/// What came later than the op (ops::FormRule).
struct Form {
  std::string_view name;
  Target since;
  ops::Says says = nullptr;
};

/// Of compressed weights: parts that are compressed themselves, several tables, any number of bits.
/// Before, the parts are packed constants.
constexpr Form general_weights(ops::Says says = nullptr) {
  return {"general", Target::ios18, says};
}

/// `name` empty: MIL has no such op, `legalise` must expand it.
struct OpFacts {
  std::string_view name;
  Target since = Target::ios15;
  std::optional<Target> until{};  ///< the first target without it
  std::vector<Form> forms{};
};

constexpr ops::Version version_of(Target target) { return static_cast<ops::Version>(target); }

}  // namespace corecast::mil
