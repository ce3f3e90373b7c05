// Compression: by a recipe, or to reach a goal.
#pragma once

#include "api/convert.h"
#include "api/scheme.h"
#include "compress/compress.h"
#include "ops/mil/target.h"
#include "validator/validate.h"

namespace corecast::api {

/// One of these at most; without any the recipe decides.
struct Goal {
  std::optional<double> bits_per_weight;  ///< stored, over all weights of floats
  std::optional<std::uint64_t> bytes;     ///< of the whole package
  /// The smallest package whose outputs, against the uncompressed model's, hold these.
  std::optional<validator::Thresholds> max_drop;
  bool any() const { return bits_per_weight || bytes || max_drop; }
};

struct CompressOptions {
  compress::Recipe recipe;
  Goal goal;
  std::optional<mil::Target> target;  ///< empty: the lowest that the schemes need
  std::optional<std::string> data;    ///< inputs for sensitivities and drops; empty: generated
  std::uint64_t seed = 0;
  std::vector<RangeOf> ranges;  ///< of generated inputs
  ir::SymbolValues sizes;       ///< of generated inputs (api/sizes.h)
  int threads = 0;
  /// Run the model, to say what compression costs its outputs and how sensitive they are to each
  /// weight. Without it, or where running would take more than max_memory, all weights count alike.
  bool measure = true;
  std::uint64_t max_memory = std::uint64_t{8} << 30;  ///< bytes
  compress::CustomTables custom;  ///< makes the tables of schemes with a function
  Progress progress;
};

/// What compression costs an output: against the uncompressed module, on the same inputs, both in
/// exact arithmetic.
struct OutputCost {
  std::string name;
  validator::Metrics metrics;
};

struct Compression {
  compress::Report report;
  std::vector<OutputCost> outputs;  ///< worst first; empty: not measured
  std::string goal;                 ///< how the goal was reached; empty without one
};

/// Compresses the weights of `module` (converted, or read from a package) in place.
/// Errors: E1017 two goals, or a goal and rules; E13xx recipes, E3301 targets, E4004 max_drop
/// without measuring, E4103 the goal cannot be reached (with how near it got), E5104 interrupted.
Result<Compression> compress(ir::Module& module, const CompressOptions& options,
                             Diagnostics& diagnostics);

/// The table of weights (worst first) and outputs.
std::string to_text(const Compression& compression);

/// Puts dense constants in the place of compressed weights; how many.
std::size_t decompress(ir::Module& module);

}  // namespace corecast::api
