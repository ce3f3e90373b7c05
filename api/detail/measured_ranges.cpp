#include "api/detail/measured_ranges.h"

#include <chrono>
#include <cmath>
#include <random>

#include "executor/plan.h"
#include "validator/inputs.h"

namespace corecast::api {
namespace {

using ir::Interval;
using ir::Tensor;
using Clock = std::chrono::steady_clock;

constexpr double kSentinel = 1e4;
constexpr std::chrono::seconds kTime{10};  ///< after it no further run begins

/// How the inputs with a range are filled.
enum class Fill : std::uint8_t { between, low, high };

void fill(Tensor& t, const InputRange& range, Fill how, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const bool floats = ir::is_floating(t.dtype());
  for (std::int64_t i = 0; i < t.count(); ++i) {
    const double share = how == Fill::low    ? 0
                         : how == Fill::high ? 1
                                             : static_cast<double>(random() >> 11) * 0x1p-53;
    const double v = range.low + share * (range.high - range.low);
    t.set(i, floats ? v : std::round(v));
  }
}

void add(std::optional<Interval>& range, double v) {
  range = range ? hull(*range, Interval::only(v)) : Interval::only(v);
}

void look_at(const Tensor& t, std::optional<Interval>& all, std::optional<Interval>& small) {
  const auto look = [&](double v) {
    if (std::isnan(v)) return;
    if (!all || v < all->lo || v > all->hi) add(all, v);
    if (std::fabs(v) < kSentinel && (!small || v < small->lo || v > small->hi)) add(small, v);
  };
  if (t.dtype() == ir::DType::f32) {
    for (const float v : t.data<float>()) look(static_cast<double>(v));
  } else if (ir::is_floating(t.dtype())) {
    for (std::int64_t i = 0; i < t.count(); ++i) look(t.at(i));
  }
}

void merge(MeasuredRanges& ranges, ir::ValueId v, const Tensor& t) {
  std::optional<Interval> all, small;
  const auto before = ranges.find(v);
  if (before != ranges.end()) {
    all = before->second.all;
    small = before->second.small;
  }
  look_at(t, all, small);
  if (all) ranges[v] = {*all, small};
}

}  // namespace

MeasuredRanges measured_ranges(const ir::Module& module, const std::vector<InputRange>& inputs,
                               const SharedPool& pool, Stop stop) {
  MeasuredRanges out;
  const ir::Function& f = module.main();
  auto plan = executor::compile(module, f.name, {.pool = pool});
  if (!plan) return out;
  const auto start = Clock::now();
  executor::RunOptions run;
  run.stop = stop;
  run.observe = [&](ir::ValueId v, const Tensor& t) { merge(out, v, t); };
  struct Sample {
    std::uint64_t seed;
    Fill fill;
  };
  constexpr Sample samples[] = {
      {0, Fill::between}, {1, Fill::between}, {2, Fill::low}, {3, Fill::high}};
  for (const Sample& s : samples) {
    if (stop.requested() || Clock::now() - start > kTime) break;
    auto sample = validator::generate_inputs(f, {s.seed, validator::symbol_values(f, 0)});
    if (!sample) break;
    bool any_given = false;
    for (const InputRange& range : inputs) {
      Tensor& t = sample->at(range.name);
      if (!range.given || t.dtype() == ir::DType::boolean) continue;
      any_given = true;
      Tensor drawn = Tensor::empty(t.dtype(), t.dims());
      fill(drawn, range, s.fill, s.seed + 1);
      t = std::move(drawn);
    }
    // Without a range that is given, ends are not known.
    if (!any_given && s.fill != Fill::between) break;
    if (!(*plan)->run(*sample, run)) continue;
  }
  return out;
}

}  // namespace corecast::api
