// Noise floors: how far rounding alone moves the outputs of a graph, whoever computes it. Measured
// by Monte Carlo arithmetic (D. S. Parker, 1997): runs in which values are rounded up or down at
// random, each beside one in fp32.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "executor/rounding.h"
#include "validator/metrics.h"
#include "validator/runner.h"

namespace corecast::validator {

/// How far an output is from where it should be, over all samples, as shares of its range.
class Distance {
 public:
  void add(const Metrics& m);
  double max_rel() const { return max_rel_; }
  /// Root mean square over samples of rmse / range.
  double rms() const;
  const Metrics& metrics() const { return metrics_; }  ///< of all samples
  /// NaN or infinities in the wrong places: no floor explains them.
  bool specials() const { return metrics_.nan_mismatches > 0 || metrics_.inf_mismatches > 0; }

 private:
  Metrics metrics_;
  double max_rel_ = 0, squares_ = 0;
  std::int64_t samples_ = 0;
};

/// What several draws have shown of one output.
struct Floor {
  double max_rel = 0, rms = 0;  ///< the largest of any draw
  std::int64_t rows = 0;        ///< of all draws
  double top1 = 1;              ///< part of them that kept their largest element
  double differing = 0;         ///< the largest part of elements that any draw changed
};

class NoiseFloor {
 public:
  /// `graph` must outlive this object. `rounding`: how each draw rounds; its seed is set here.
  /// Errors: those of compiling it.
  static Result<NoiseFloor> make(const ir::Module& graph, executor::Rounding rounding,
                                 SharedPool pool, Stop stop = {});

  /// One more run of every sample; always the same samples. Errors: those of running the graph.
  Status draw(const std::vector<NamedTensors>& samples);
  int draws() const { return draws_; }
  /// By output; nothing is known of one that has none.
  const Floor* find(const std::string& output) const;
  /// What the graph computes without rounding, by sample; empty before the first draw.
  const std::vector<NamedTensors>& exact() const { return exact_; }

 private:
  NoiseFloor() = default;

  std::shared_ptr<executor::Rounding> rounding_;
  std::unique_ptr<Runner> runner_, noisy_;
  std::vector<NamedTensors> exact_;
  std::map<std::string, Floor> floors_;
  int draws_ = 0;
};

}  // namespace corecast::validator
