// Validation: a candidate beside its reference on the same inputs, judged against noise floors.
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/stop.h"
#include "validator/judge.h"
#include "validator/match.h"
#include "validator/metrics.h"
#include "validator/runner.h"
#include "validator/thresholds.h"
#include "validator/verdict.h"

namespace corecast::validator {

struct OutputReport {
  std::string name;  ///< in the reference
  std::string candidate_name;
  Metrics metrics;
  /// Largest error, as a share of the output's range, that rounding alone caused in any of the
  /// draws on the reference graph (validator/noise.h). Measured only as far as it was needed; in
  /// fp32 only where 1e-4 is not reached.
  double noise_floor = 0;
  /// How far the compressed weights alone move the output: the candidate with its weights expanded,
  /// in exact arithmetic, against the reference, as a share of the range and in dB. 0 and infinite
  /// without compressed weights.
  double compression = 0;
  double compression_sqnr = std::numeric_limits<double>::infinity();
  double allowed = 0;  ///< largest error that the floor explains
  Verdict verdict = Verdict::ok;
  std::string reason;  ///< why it is not ok
  bool passed() const { return verdict == Verdict::ok; }
};

struct Divergence {
  std::string value;  ///< source name
  std::string op;     ///< op in the candidate that makes it
  double max_rel = 0;
};

struct Report {
  std::vector<OutputReport> outputs;
  std::string reference, candidate;  ///< what computed the numbers
  std::string precision;             ///< of the candidate: fp32, fp16
  std::size_t samples = 0;
  int draws = 0;  ///< randomly rounded runs of each sample that the floors rest on
  bool generated = true;
  std::map<std::string, std::string> inputs_made;  ///< how, by input; empty: they were given
  std::string sizes_run;                           ///< of the samples, and those left out
  Ceilings ceilings;
  bool explicit_thresholds = false;  ///< these judged, not floors and ceilings
  /// Why corecast's own executor computed the reference where another runtime should have, and what
  /// to do about it; empty where one did, or where corecast was asked for.
  std::string self_checked;
  std::optional<Divergence> first_divergence;  ///< of an output that failed
  /// Of one that is unfit: the first value that fp16 moves by a tenth of its range.
  std::optional<Divergence> first_lost;
  std::set<Verdict> accepted;  ///< words that the user takes for ok
  /// The worst of the outputs'; not judged without any.
  Verdict verdict() const;
  bool passed() const { return verdict() == Verdict::ok; }
  /// Whether to go on: it passed, or what every other output says is accepted.
  bool acceptable() const;
};

struct Options {
  Thresholds thresholds;
  Ceilings ceilings;
  std::set<Verdict> accepted;
  SharedPool pool;  ///< of all runs but the reference's
  /// Of the candidate's arithmetic: how its verdict is judged.
  executor::Precision precision = executor::Precision::native;
  const executor::EngineEntry* engine = nullptr;  ///< of the candidate; null: the processor
  /// The candidate with its compressed weights expanded; null when it has none. The floor is then
  /// that of this graph: what the weights themselves cost is reported, and bounded by the ceilings.
  const ir::Module* expanded = nullptr;
  Naming naming = nullptr;  ///< what the candidate's format makes of the source's names
  Stop stop;                ///< asked between runs
};

/// Runs both on every sample. An output is ok when its error is one that rounding causes
/// (`beyond_floor`) or when the candidate computed in fp32 agrees with the reference, so that the
/// error must be rounding's; and when it is of use (`below_ceiling`): else it is unfit. Otherwise
/// it failed. An output of which nothing was compared is not judged. `source` is the reference
/// model as imported (for the noise floor and the first divergence); null when there is none.
/// Outputs are matched by name, else by position. Errors: what the runners report; E1005 outputs
/// that cannot be matched; E5104 stopped.
Result<Report> validate(Runner& reference, const ir::Module* source, const ir::Module& candidate,
                        const std::vector<NamedTensors>& samples, const Options& options);

/// A table for people; the last line says what was checked and by what.
std::string to_text(const Report& report);

}  // namespace corecast::validator
