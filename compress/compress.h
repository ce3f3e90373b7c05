// Compression of a module by a recipe.
#pragma once

#include <functional>

#include "base/diagnostics.h"
#include "base/stop.h"
#include "compress/recipe/custom.h"
#include "compress/recipe/recipe.h"
#include "compress/report.h"
#include "compress/weights.h"
#include "ir/module.h"
#include "ops/rules.h"

namespace corecast::compress {

struct Context {
  /// Which forms there are; without a version, those of the lowest that the schemes need.
  ops::Rules rules;
  ThreadPool* pool = nullptr;
  Diagnostics* diagnostics = nullptr;
  /// Called before each weight with its name and the fraction of all elements done.
  std::function<void(std::string_view name, double fraction)> progress;
  Stop stop;  ///< asked before each weight
  /// Bytes of coded weights that stay in memory; more wait on disk.
  std::size_t keep_in_memory = std::size_t{256} << 20;
  CustomTables custom;  ///< for schemes with a function
};

/// What is to happen to one weight.
struct Decision {
  Scheme scheme;
  std::string reason;  ///< why none, or why this one
  bool asked = false;  ///< a rule wants it compressed: it is in the report however small it is
};

/// The recipe's word on every weight of find_weights(): shape, target and what the weight already
/// is are considered. Errors: E1312 rules match nothing; E3301 a rule needs a newer target.
Result<std::vector<Decision>> decide(const ir::Module& module, const std::vector<Weight>& weights,
                                     const Recipe& recipe, const Context& context);

/// Puts compressed forms in the place of the weights, per decision. Weights that turn out not to be
/// compressible (not finite; too many values for mode unique) stay, with the reason in the report.
/// Errors: E5104 interrupted.
Result<Report> apply(ir::Module& module, const std::vector<Weight>& weights,
                     const std::vector<Decision>& decisions, const Context& context);

/// find_weights, decide, apply.
Result<Report> compress(ir::Module& module, const Recipe& recipe, const Context& context);

/// Puts dense constants in the place of all compressed weights; how many.
std::size_t decompress(ir::Module& module);

}  // namespace corecast::compress
