// How fast models run here: latencies of whole runs, the time of every step, memory.
#pragma once

#include "api/model.h"
#include "api/run.h"
#include "api/sizes.h"

namespace corecast::api {

struct BenchOptions {
  executor::Precision precision = executor::Precision::native;
  const executor::EngineEntry* engine = nullptr;  ///< null: the processor
  std::string function;                           ///< empty: the default one
  int threads = 0;                                ///< 0: all cores
  int runs = 0;                     ///< timed runs of each model; 0: as many as fit into `seconds`
  double seconds = 2;               ///< for each model
  std::optional<std::string> data;  ///< samples, run by turns; empty: one generated from `seed`
  std::uint64_t seed = 0;
  Progress progress;
};

/// One model's figures. Times are in milliseconds.
struct BenchResult {
  std::string path;
  std::size_t samples = 0;        ///< different ones that it ran on
  double prepare = 0;             ///< making the plan, and the first run (which packs weights)
  std::vector<double> latencies;  ///< of every timed run, sorted
  /// Nearest-rank: the smallest latency that `share` (0 to 1) of the runs do not exceed.
  double percentile(double share) const;
  std::int64_t arena_bytes = 0;  ///< memory for intermediates
  std::int64_t live_bytes = 0;   ///< the least that intermediates need
  /// In running order; seconds are summed over `runs` further runs that are not in `latencies`.
  std::vector<executor::StepTime> steps;
};

/// Times the models, one run of each by turns, so that a drift of the machine's speed meets all of
/// them. Errors: those of Session and samples_to_run; E5104 when cancelled.
Result<std::vector<BenchResult>> bench(const std::vector<const SizedModel*>& models,
                                       const BenchOptions& options);

/// Largest resident size of this process so far; 0 where the system does not tell.
std::int64_t peak_memory_bytes();

}  // namespace corecast::api
