// What MIL of each target takes: the one table, made of what the op rooms say (ops/mil/facts.h),
// and the facts that belong to no op.
#pragma once

#include <optional>
#include <span>

#include "ir/dtype.h"
#include "ops/mil/facts.h"
#include "ops/mil/target.h"
#include "ops/rules.h"

namespace corecast::coreml {

using mil::Target;

/// Its versions are the targets, in their order.
const ops::RuleTable& rules();
/// For a target, or (empty) with none chosen.
ops::Rules rules_for(std::optional<Target> target);
/// The target that has what a rule says came with `version`; never kNever.
Target target_of(ops::Version version);

/// The ops that MIL calls so, in the order of the registry: some names mean different ops, by
/// target.
std::span<const ir::OpKind> kinds_named(std::string_view mil_name);

/// The first target whose programs may compute with the type; empty: constants and interfaces at
/// most.
std::optional<Target> computes_with(ir::DType dtype);
/// The first target whose multi-arrays (inputs and outputs of models) may have the type; empty:
/// none.
std::optional<Target> feature_since(ir::DType dtype);
/// The first target whose weight files may hold elements of the type; empty: none, they stand in
/// the program.
std::optional<Target> stored_since(ir::DType dtype);
/// From this target on the floating operands of one op may have different types.
inline constexpr Target kMixedFloats = Target::ios17;
/// Several functions, no inputs, states.
inline constexpr Target kFunctionsAndStates = Target::ios18;
/// Before, pixels of an image are f32 to the program.
inline constexpr Target kByteImages = Target::ios17;
/// Before, gather and its kin take indices that count from the end.
inline constexpr Target kNoNegativeIndices = Target::ios17;

}  // namespace corecast::coreml
