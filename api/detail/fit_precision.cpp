#include "api/detail/fit_precision.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "base/strings.h"
#include "passes/precision/keep_f32.h"
#include "validator/runner.h"

namespace corecast::api {
namespace {

using ir::Function;
using ir::OpId;
using ir::ValueId;
using passes::precision::Kept;
using passes::precision::Reason;
using Ops = std::vector<OpId>;

bool is_f32(const Function& f, ValueId v) {
  return v && f.type(v).is_tensor() && f.type(v).dtype == ir::DType::f32;
}

Ops joined(const Ops& a, const Ops& b) {
  Ops out = a;
  out.insert(out.end(), b.begin(), b.end());
  return out;
}

/// One search: a plan whose rounding changes from run to run.
class Search {
 public:
  Search(const Function& f, const KeptOps& kept, int runs) : f_(f), left_(runs) {
    ir::for_each_op(f, [&](OpId id) {
      if (passes::precision::is_boundary(f, id)) return;
      kept.contains(id) ? always_.insert(id) : (ops_.push_back(id), rounded_.insert(id));
    });
    rounding_->range = true;
    rounding_->values.assign(f.value_capacity(), false);
    set_constants();
  }

  std::shared_ptr<const executor::Rounding> rounding() const { return rounding_; }
  const Ops& ops() const { return ops_; }
  bool is_over() const { return left_ <= 0; }

  /// `test(wide)`: whether the goal is reached with these in fp32.
  template <class Test>
  Result<Ops> smallest(const Test& test) {
    return explain({}, {}, ops_, test);
  }

  /// Makes the plan's next run one with `wide` in fp32, and everything else in fp16.
  void leave(const Ops& wide) {
    --left_;
    std::set<OpId> free = always_;
    free.insert(wide.begin(), wide.end());
    auto& values = rounding_->values;
    const auto reads_wide = [&](ValueId v) {
      return std::any_of(f_.value(v).uses.begin(), f_.value(v).uses.end(), [&](const ir::Use& use) {
        return !use.op || free.contains(use.op) || !rounded_.contains(use.op);
      });
    };
    // What an op in fp32 makes reaches ops in fp16 through a cast.
    for (const OpId id : ops_) {
      for (const ValueId v : f_.op(id).results) {
        if (is_f32(f_, v)) values[v.index()] = !free.contains(id) || !reads_wide(v);
      }
    }
    for (const OpId id : always_) {
      for (const ValueId v : f_.op(id).results) {
        if (is_f32(f_, v)) values[v.index()] = !f_.value(v).uses.empty() && !reads_wide(v);
      }
    }
    for (const ValueId v : f_.block(f_.entry()).args) {
      if (is_f32(f_, v)) values[v.index()] = !reads_wide(v);
    }
    rounding_->made = 0;
  }

 private:
  /// Weights are rounded where only ops that may become fp16 read them.
  void set_constants() {
    for (const OpId id : ops_) {
      for (const ValueId v : f_.op(id).operands) {
        if (!is_f32(f_, v) || !f_.is_constant(v)) continue;
        const auto& uses = f_.value(v).uses;
        rounding_->values[v.index()] = std::all_of(uses.begin(), uses.end(), [&](const ir::Use& u) {
          return u.op && rounded_.contains(u.op);
        });
      }
    }
  }

  /// The smallest part of `ops` that reaches the goal beside `background`. `fresh`: what was added
  /// to the background since it was last tested.
  template <class Test>
  Result<Ops> explain(const Ops& background, const Ops& fresh, const Ops& ops, const Test& test) {
    if (is_over()) return ops;
    if (!fresh.empty()) {
      TRY(const bool reached, test(background));
      if (reached) return Ops();
    }
    if (ops.size() == 1) return ops;
    const auto half = ops.begin() + static_cast<std::ptrdiff_t>(ops.size() / 2);
    const Ops first(ops.begin(), half), second(half, ops.end());
    TRY(const Ops later, explain(joined(background, first), first, second, test));
    TRY(const Ops earlier, explain(joined(background, later), later, first, test));
    return joined(earlier, later);
  }

  const Function& f_;
  int left_;
  Ops ops_;  ///< that may become fp16, in order
  std::set<OpId> always_, rounded_;
  std::shared_ptr<executor::Rounding> rounding_ = std::make_shared<executor::Rounding>();
};

}  // namespace

validator::Ceilings precision_goal() {
  constexpr double kReserve = 10;
  validator::Ceilings goal;
  goal.sqnr += kReserve;
  goal.centred_sqnr += kReserve;
  return goal;
}

Result<PrecisionFit> PrecisionFit::make(const ir::Module& wide,
                                        std::vector<ir::NamedTensors> samples, SharedPool pool,
                                        Stop stop) {
  PrecisionFit fit(wide, std::move(samples), std::move(pool), stop);
  TRY(const auto runner,
      validator::embedded_runner(wide, executor::Precision::fp32, fit.pool_, stop));
  for (const auto& sample : fit.samples_) {
    TRY(auto wanted, runner->run(sample));
    fit.wanted_.push_back(std::move(wanted));
  }
  return fit;
}

Result<Quality> PrecisionFit::compare(validator::Runner& runner) const {
  std::map<std::string, std::pair<validator::Metrics, bool>> all;
  for (std::size_t i = 0; i < samples_.size(); ++i) {
    TRY(const auto got, runner.run(samples_[i]));
    for (const auto& [name, wanted] : wanted_[i]) {
      const auto it = got.find(name);
      if (it == got.end()) continue;
      auto& [metrics, whole] = all[name];
      metrics = validator::merge(metrics, validator::measure(wanted, it->second));
      whole = !ir::is_floating(wanted.dtype());
    }
  }
  Quality q;
  q.sqnr = std::numeric_limits<double>::infinity();
  const validator::Ceilings goal = precision_goal();
  for (const auto& [name, entry] : all) {
    const auto& [metrics, whole] = entry;
    const auto why = validator::below_ceiling(metrics, whole, goal);
    if (why && q.why_not.empty()) q.why_not = cat(name, ": ", *why), q.output = name;
    if (!whole) q.sqnr = std::min(q.sqnr, metrics.sqnr);
  }
  return q;
}

Result<Quality> PrecisionFit::quality_of(const ir::Module& narrow) const {
  TRY(const auto runner,
      validator::embedded_runner(narrow, executor::Precision::native, pool_, stop_));
  return compare(*runner);
}

Result<KeptOps> PrecisionFit::culprits(const KeptOps& kept, int runs) const {
  const Function& f = wide_->main();
  Search search(f, kept, runs);
  TRY(const auto runner, validator::rounding_runner(*wide_, search.rounding(), pool_, stop_));
  const auto quality = [&](const Ops& wide) -> Result<Quality> {
    search.leave(wide);
    return compare(*runner);
  };
  const auto reached = [&](const Ops& wide) -> Result<bool> {
    TRY(const Quality q, quality(wide));
    return q.why_not.empty();
  };
  if (search.ops().empty()) return KeptOps();
  TRY(const Quality before, quality({}));
  TRY(const bool possible, reached(search.ops()));
  if (before.why_not.empty() || !possible) return KeptOps();
  TRY(const Ops found, search.smallest(reached));
  KeptOps out;
  for (const OpId id : found) out.emplace(id, Kept{Reason::culprit, {before.why_not}});
  return out;
}

}  // namespace corecast::api
