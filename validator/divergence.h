// First divergence: the earliest value, by source name, at which candidate and source part.
#pragma once

#include <optional>

#include "validator/validate.h"

namespace corecast::validator {

/// Runs both, observing every value; compares those whose names both graphs have, in the
/// candidate's order. Empty when nothing exceeds `allowed` (max_rel), or when a run fails.
std::optional<Divergence> first_divergence(const ir::Module& source,
                                           const NamedTensors& source_inputs,
                                           const ir::Module& candidate,
                                           const NamedTensors& candidate_inputs,
                                           executor::Precision precision, int threads,
                                           double allowed);

}  // namespace corecast::validator
