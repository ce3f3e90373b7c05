#include "api/compress.h"

#include <algorithm>
#include <cmath>

#include "api/detail/better_form.h"
#include "api/detail/goal.h"
#include "api/detail/output_cost.h"
#include "api/detail/samples.h"
#include "api/sizes.h"
#include "base/strings.h"
#include "converter/coreml/required_target.h"
#include "converter/coreml/rules.h"

namespace corecast::api {
namespace {

/// A package says which MIL opset it is; compressed weights may need a later one, never an earlier.
class Opset {
 public:
  explicit Opset(ir::Module& m) : module_(m) {
    for (ir::Function& f : m.functions) {
      if (const auto tied = mil::target_from_name(f.opset))
        lowest_ = std::max(lowest_.value_or(*tied), *tied);
      f.opset.clear();
    }
  }
  void raise(std::optional<mil::Target> wanted) {
    if (!lowest_) return;
    const mil::Target needed = coreml::required_target(module_).target;
    const mil::Target target = std::max({*lowest_, needed, wanted.value_or(mil::Target::ios15)});
    for (ir::Function& f : module_.functions) f.opset = name_of(target);
  }

 private:
  ir::Module& module_;
  std::optional<mil::Target> lowest_;
};

/// Bytes that running the model and a changed copy of it takes, roughly: weights widened to fp32 in
/// the order that kernels want, twice, while their sources are being read.
std::uint64_t memory_to_run(const ir::Module& m) {
  double elements = 0;
  for (const compress::Weight& w : compress::find_weights(m))
    elements += static_cast<double>(w.count());
  return static_cast<std::uint64_t>(elements * 4 * 2.5);
}

/// Schemes chosen for one set of noise suit the next one less, and real inputs less still: several
/// sets, as they are and smoothed in turn.
Result<std::vector<NamedTensors>> samples_for_goal(const ir::Function& f,
                                                   const CompressOptions& options,
                                                   Diagnostics& diagnostics) {
  constexpr std::uint64_t kSets = 8;
  std::vector<NamedTensors> all;
  for (std::uint64_t i = 0; i < kSets; ++i) {
    TRY(auto one,
        samples_to_run(f, {}, options.seed + i, options.sizes, diagnostics, options.ranges));
    all.push_back(i % 2 == 0 ? std::move(one.front()) : smoothed(std::move(one.front())));
  }
  return all;
}

Result<std::vector<NamedTensors>> samples_to_measure(const ir::Function& f,
                                                     const CompressOptions& options,
                                                     Diagnostics& diagnostics) {
  if (options.goal.any() && !options.data) return samples_for_goal(f, options, diagnostics);
  return samples_to_run(f, options.data, options.seed, options.sizes, diagnostics, options.ranges);
}

Status check_goal(const CompressOptions& o) {
  const int ways = (o.goal.bits_per_weight ? 1 : 0) + (o.goal.bytes ? 1 : 0) +
                   (o.goal.max_drop ? 1 : 0) + (o.recipe.rules.empty() ? 0 : 1);
  if (ways <= 1) return {};
  return Error(Code::E1017,
               "a recipe, bits per weight, a size and a largest drop exclude each other",
               "give one of them");
}

}  // namespace

Result<Compression> compress(ir::Module& module, const CompressOptions& options,
                             Diagnostics& diagnostics) {
  TRY_VOID(check_goal(options));
  const SharedPool pool = shared_pool(options.threads);
  compress::Context context;
  context.rules = coreml::rules_for(options.target);
  context.pool = pool.get();
  context.diagnostics = &diagnostics;
  context.stop = options.progress.cancelled;
  context.custom = options.custom;
  context.progress = [&](std::string_view name, double fraction) {
    if (options.progress.report) options.progress.report(cat("compressing ", name), fraction);
  };
  context.keep_in_memory =
      static_cast<std::size_t>(std::min(std::uint64_t{64} << 20, options.max_memory / 8));
  std::optional<OutputProbe> probe;
  if (options.measure && memory_to_run(module) <= options.max_memory) {
    TRY(auto samples, samples_to_measure(module.main(), options, diagnostics));
    TRY(probe, OutputProbe::make(module, std::move(samples), pool));
  } else if (options.goal.max_drop) {
    return Error(Code::E4004, "a largest drop needs the model to be run",
                 "leave --no-validate out, or raise --max-memory");
  } else {
    diagnostics.note(Error(Code::N4104, "the outputs' errors were not measured"));
  }
  Opset opset(module);
  Compression out;
  if (options.goal.any()) {
    TRY(Reached reached, reach_goal(module, options, probe ? &*probe : nullptr, context));
    out.report = std::move(reached.report);
    out.goal = std::move(reached.text);
  } else {
    note_better_form(module, options.recipe, context);
    TRY(out.report, compress::compress(module, options.recipe, context));
  }
  opset.raise(options.target);
  if (out.report.compressed() == 0) {
    diagnostics.warning(
        Error(Code::W4102, "no weight was compressed", "the table gives a reason for each"));
  }
  if (!probe) return out;
  if (options.progress.report) options.progress.report("measuring what it costs", 1);
  TRY(out.outputs, probe->costs(module));
  std::stable_sort(out.outputs.begin(), out.outputs.end(),
                   [](const auto& a, const auto& b) { return a.metrics.sqnr < b.metrics.sqnr; });
  return out;
}

std::size_t decompress(ir::Module& module) {
  Opset opset(module);
  const std::size_t n = compress::decompress(module);
  opset.raise({});
  return n;
}

}  // namespace corecast::api
