#include "api/detail/narrow.h"

#include <algorithm>

#include "api/detail/fit_precision.h"
#include "api/detail/samples.h"
#include "api/detail/work.h"
#include "base/strings.h"
#include "passes/precision/keep_f32.h"
#include "validator/inputs.h"

namespace corecast::api {
namespace {

using ir::OpId;
using passes::precision::Kept;
using passes::precision::Reason;

// A model is run a few times, so that converting takes no longer than validating what was written.
constexpr double kMostMultiplyAdds = 2e10;
constexpr int kRuns = 40;
// Casts at the borders of what stays in fp32 may cost what was gained.
constexpr int kRounds = 2;

/// The ops beside those in `ops` that read what they make or make what they read.
KeptOps with_neighbours(const ir::Function& f, const KeptOps& ops) {
  KeptOps out = ops;
  const auto add = [&](OpId id, const Kept& why) {
    if (id && !passes::precision::is_boundary(f, id)) out.emplace(id, why);
  };
  for (const auto& [id, why] : ops) {
    for (const ir::ValueId v : f.op(id).operands) {
      if (v && !f.is_constant(v)) add(f.def(v), why);
    }
    for (const ir::ValueId v : f.op(id).results) {
      for (const ir::Use& use : f.value(v).uses) add(use.op, why);
    }
  }
  return out;
}

class Narrowing {
 public:
  Narrowing(const ir::Module& wide, const passes::PassContext& context, const RunPasses& run)
      : wide_(wide), context_(context), run_(run) {}

  /// What the rules leave in fp32.
  Result<KeptOps> by_rules() const {
    const ir::Function& f = wide_.main();
    passes::precision::Ranges ranges(f, *context_.pool, context_.stop);
    return passes::precision::ops_to_keep(f, {}, context_.rules, ranges);
  }

  /// `wide` in fp16, but for what the rules and `measured` say.
  Result<ir::Module> cast(const KeptOps& measured, Cast what_for) const {
    ir::Module out = wide_;
    passes::CastFp16Options options;
    options.measured = measured;
    const passes::Pass pass = passes::cast_fp16_pass(options);
    TRY_VOID(run_(out, passes::narrowing_pipeline(pass), what_for));
    return out;
  }

 private:
  const ir::Module& wide_;
  const passes::PassContext& context_;
  const RunPasses& run_;
};

/// The set of ops that reaches the goal as it is cast; empty when there is none.
Result<KeptOps> search(const ir::Module& wide, const PrecisionFit& fit, const Narrowing& narrowing,
                       PrecisionReport& report) {
  TRY(const KeptOps kept, narrowing.by_rules());
  TRY(KeptOps found, fit.culprits(kept, kRuns));
  for (int round = 0; round <= kRounds && !found.empty(); ++round) {
    if (round > 0) found = with_neighbours(wide.main(), found);
    TRY(const ir::Module narrow, narrowing.cast(found, Cast::to_try));
    TRY(const Quality q, fit.quality_of(narrow));
    report.sqnr = q.sqnr;
    if (q.why_not.empty()) return found;
  }
  return KeptOps();
}

/// Runs the model; the ops that have to stay in fp32.
Result<KeptOps> measure(const ir::Module& wide, const ConvertOptions& options,
                        const Narrowing& narrowing, SharedPool pool, Stop stop,
                        PrecisionReport& report) {
  const auto not_done = [&](std::string why) {
    report.not_measured = std::move(why);
    return KeptOps();
  };
  if (!options.measure) return not_done("running the model was not asked for");
  const Work work = work_at(wide.main(), validator::symbol_values(wide.main(), 0));
  if (work.multiply_adds > kMostMultiplyAdds) return not_done("it takes long to run");
  Diagnostics said;  // of the data; validation says it again
  TRY(Samples made,
      samples_of(wide.main(),
                 {.data = options.data, .seed = options.seed, .ranges = options.ranges}, said));
  TRY(const PrecisionFit fit, PrecisionFit::make(wide, std::move(made.samples), pool, stop));
  TRY(const ir::Module narrow, narrowing.cast({}, Cast::to_try));
  TRY(const Quality q, fit.quality_of(narrow));
  report.sqnr = q.sqnr;
  if (q.why_not.empty()) return KeptOps();
  report.lost = q.why_not;
  TRY(KeptOps found, search(wide, fit, narrowing, report));
  if (found.empty()) report.sqnr = q.sqnr;
  return found;
}

}  // namespace

Result<PrecisionReport> narrow(ir::Module& module, const ConvertOptions& options,
                               const passes::PassContext& context, SharedPool pool,
                               const RunPasses& run) {
  const ir::Module wide = module;
  const Narrowing narrowing(wide, context, run);
  PrecisionReport report;
  KeptOps found;
  const Status measured = [&]() -> Status {
    TRY(found, measure(wide, options, narrowing, std::move(pool), context.stop, report));
    return {};
  }();
  TRY_VOID(context.stop.check());
  if (!measured) report.not_measured = measured.error().message;
  report.kept = found.size();
  TRY(module, narrowing.cast(found, Cast::to_keep));
  return report;
}

}  // namespace corecast::api
