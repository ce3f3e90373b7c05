// Goals: the schemes are chosen for every weight, so that the whole fits a budget with least loss.
#pragma once

#include "compress/compress.h"

namespace corecast::compress {

/// Ways to code one weight, measured.
struct Candidate {
  Scheme scheme;          ///< none: as it is
  std::size_t bytes = 0;  ///< stored
  double error = 0;       ///< sum of squared differences
};

struct WeightCandidates {
  std::vector<Candidate> candidates;  ///< never empty
  std::string reason;                 ///< why there is only one
  double signal = 0;                  ///< sum of squares
  /// What one unit of error / signal costs at the outputs; 1: all weights count alike.
  double sensitivity = 1;
};

/// The schemes to choose from: everything that the target holds, from 2 to 8 bits, that differs in
/// size.
std::vector<Scheme> candidate_schemes(const ops::Rules& rules);

/// Codes every weight in every way that fits it. Errors: E5104 interrupted.
Result<std::vector<WeightCandidates>> measure_candidates(const ir::Module& module,
                                                         const std::vector<Weight>& weights,
                                                         const Context& context);

/// Stored bytes of everything when each weight takes its smallest candidate, and its largest.
struct SizeRange {
  std::size_t smallest = 0, largest = 0;
};
SizeRange size_range(const std::vector<WeightCandidates>& weights);

/// The best candidates whose bytes sum to at most `budget`. Errors: E4103 nothing is that small,
/// with how near it gets.
Result<std::vector<Decision>> choose(const std::vector<WeightCandidates>& weights,
                                     std::size_t budget);

}  // namespace corecast::compress
