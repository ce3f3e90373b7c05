// Pipelines: passes in order, as text, and the one function that runs every pass.
//
//   canonicalize,fix(fuse-gelu,fuse-layer-norm,dce),legalise
//
// `fix(...)` repeats its passes until none changes anything. What a pipeline can name is a
// PassList: the passes of this folder, and those that a target brings.
#pragma once

#include <set>
#include <span>

#include "passes/pass.h"

namespace corecast::passes {

struct Step {
  const Pass* pass = nullptr;  ///< null: a fix group
  std::vector<Step> group;
};
using Pipeline = std::vector<Step>;

/// The passes of passes.def and those of a target.
class PassList {
 public:
  /// `target`: in the order in which they map a module to the target.
  explicit PassList(std::vector<Pass> target = {});

  /// By name.
  std::span<const Pass> all() const { return passes_; }
  /// Null when there is none of that name.
  const Pass* find(std::string_view name) const;
  /// Errors: E1200, with the nearest name as the help.
  Result<const Pass*> need(std::string_view name) const;
  /// Names of the target's passes, in their order.
  std::span<const std::string_view> target() const { return target_; }

 private:
  std::vector<Pass> passes_;
  std::vector<std::string_view> target_;
};

/// The passes of this folder.
const PassList& own_passes();

/// The steps point into `passes`. Errors: E1200 an unknown pass (the nearest name is the help), or
/// unbalanced text.
Result<Pipeline> parse_pipeline(std::string_view text, const PassList& passes = own_passes());

struct PipelineOptions {
  std::set<std::string, std::less<>> disabled;  ///< names of passes to leave out
  /// The verifier after each pass that changed something; a failure is our bug (InternalError).
  bool verify = true;
  /// Called after each pass that changed something (and for printing IR, dumping, checking
  /// numbers).
  std::function<void(const Pass&, const ir::Module&)> after;
  int max_rounds = 16;  ///< of a fix group; reaching it is no error
};

struct PassRun {
  std::string_view name;
  double seconds = 0;
  bool changed = false;
  std::int64_t ops_before = 0;
  std::int64_t ops_after = 0;
};

/// Runs the passes; what each did, in order of running. Errors come from the passes, with the
/// pass's name in front; E5104 once the context's stop is requested, and the module is then in any
/// state between two rewrites.
Result<std::vector<PassRun>> run_pipeline(ir::Module& m, const Pipeline& pipeline,
                                          PassContext& context,
                                          const PipelineOptions& options = {});
Result<std::vector<PassRun>> run_pipeline(ir::Module& m, std::string_view pipeline,
                                          PassContext& context, const PipelineOptions& options = {},
                                          const PassList& passes = own_passes());

/// What a conversion runs: cleaning, fusing, mapping to the target, and (fp16) narrowing.
std::string standard_pipeline(const PassList& passes, bool fp16);
/// The narrowing alone, by `cast`, a cast_fp16_pass that must outlive the pipeline.
Pipeline narrowing_pipeline(const Pass& cast);

}  // namespace corecast::passes
