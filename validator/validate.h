// Validation: a candidate beside its reference on the same inputs, judged against noise floors.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/stop.h"
#include "validator/metrics.h"
#include "validator/runner.h"

namespace corecast::validator {

/// Explicit thresholds; unset ones do not judge.
struct Thresholds {
  std::optional<double> atol, rtol;  ///< |c - r| <= atol + rtol * |r| for every element
  std::optional<double> psnr, sqnr, cosine, top1,
      max_rel;  ///< lower bounds, but max_rel an upper one
  bool any() const { return atol || rtol || psnr || sqnr || cosine || top1 || max_rel; }
};

/// "psnr>=40,top1>=0.995,max_rel<=1e-3". Errors: E1004.
Result<Thresholds> parse_expectations(std::string_view text);

struct OutputReport {
  std::string name;  ///< in the reference
  std::string candidate_name;
  Metrics metrics;
  /// Largest relative error (of the range) that the precision alone causes on the reference graph
  /// (validator/noise.h); in fp32 measured only where 1e-4 is not reached.
  double noise_floor = 0;
  /// The same for what the compressed weights cause: how far the candidate with its weights
  /// expanded, in exact arithmetic, is from the reference. 0 without compressed weights.
  double compression = 0;
  double allowed = 0;  ///< max_rel allowed
  bool passed = false;
  std::string reason;  ///< why it failed
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
  bool generated = true;
  /// Why corecast's own executor computed the reference where another runtime should have, and what
  /// to do about it; empty where one did, or where corecast was asked for.
  std::string self_checked;
  std::optional<Divergence> first_divergence;
  bool passed() const;
};

struct Options {
  Thresholds thresholds;
  SharedPool pool;  ///< of all runs but the reference's
  /// Of the candidate's arithmetic: how its verdict is judged.
  executor::Precision precision = executor::Precision::native;
  const executor::EngineEntry* engine = nullptr;  ///< of the candidate; null: the processor
  /// The candidate with its compressed weights expanded; null when it has none. The verdict is then
  /// about the computation: what the weights themselves cost is allowed, and reported.
  const ir::Module* expanded = nullptr;
  Stop stop;  ///< asked between runs
};

/// Runs both on every sample. `source` is the reference model as imported (for the noise floor and
/// the first divergence); null when there is none. Outputs are matched by name, else by position.
/// Errors: what the runners report; E1005 outputs that cannot be matched; E5104 stopped.
Result<Report> validate(Runner& reference, const ir::Module* source, const ir::Module& candidate,
                        const std::vector<NamedTensors>& samples, const Options& options);

/// A table for people; the last line says what was checked and by what.
std::string to_text(const Report& report);

}  // namespace corecast::validator
