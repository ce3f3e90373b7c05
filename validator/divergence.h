// First divergence: the earliest value, by source name, at which candidate and source part.
#pragma once

#include <optional>

#include "validator/match.h"
#include "validator/validate.h"

namespace corecast::validator {

struct DivergenceOptions {
  Naming naming = nullptr;  ///< of the source's values in the candidate
  executor::Precision precision = executor::Precision::native;  ///< of the candidate
  SharedPool pool;
  double allowed = 0;  ///< max_rel
  Stop stop;
  const executor::EngineEntry* engine = nullptr;  ///< of the candidate; null: the processor
};

/// Runs both side by side, observing every value; compares those whose names both graphs have, in
/// the candidate's order, and keeps none longer than that takes. Empty when nothing exceeds what is
/// allowed, or when a run fails.
std::optional<Divergence> first_divergence(const ir::Module& source,
                                           const NamedTensors& source_inputs,
                                           const ir::Module& candidate,
                                           const NamedTensors& candidate_inputs,
                                           const DivergenceOptions& options);

}  // namespace corecast::validator
