// Emission: an encoded weight as constants and constexpr ops.
#pragma once

#include "compress/encode.h"
#include "compress/spill.h"
#include "ir/builder.h"

namespace corecast::compress {

/// Adds the constants and ops that stand for the weight and returns its dense value, of the
/// weight's type, named `name`. int8 weights with a scale per tensor or channel use the older op
/// when the target is unset (then the package runs on more systems) or below iOS 18; tables of int8
/// are scaled before the lookup on targets below iOS 26, after it from then on. Codes
/// go through `spill`, where there is one.
ir::ValueId emit(ir::Builder& builder, const Encoded& encoded, std::optional<ir::Target> target,
                 const std::string& name, Spill* spill = nullptr);

}  // namespace corecast::compress
