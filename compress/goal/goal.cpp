#include "compress/goal/goal.h"

#include <cmath>

#include "base/strings.h"
#include "compress/encode.h"
#include "compress/goal/knapsack.h"
#include "compress/sample.h"

namespace corecast::compress {
namespace {

using Kind = Granularity::Kind;

Scheme palette(int bits, Granularity g = {}, std::optional<Granularity> scale = {},
               std::int64_t vector = 1) {
  Palettize p;
  p.bits = bits;
  p.granularity = g;
  p.scale = scale;
  p.vector = vector;
  Scheme s;
  s.palettize = p;
  return s;
}

/// Elements of a large weight on which schemes are compared.
constexpr std::int64_t kSampled = std::int64_t{1} << 17;

/// Weights below this are not worth a table: they stay as they are.
bool worth_coding(const Weight& w) { return w.count() >= kMinElements && w.refusal.empty(); }

}  // namespace

std::vector<Scheme> candidate_schemes(const ops::Rules& rules) {
  std::vector<Scheme> out;
  const auto add = [&](Scheme s) {
    if (check_target(s, rules)) out.push_back(std::move(s));
  };
  for (const int bits : {2, 3, 4, 6, 8}) {
    add(palette(bits));
    add(palette(bits, {Kind::group, 16}));
    if (bits <= 4) {
      for (const std::int64_t block : {64, 32, 16})
        add(palette(bits, {}, Granularity{Kind::block, block}));
    }
  }
  // Vectors: 4, 3, 2 and 2 bits per weight.
  for (const auto& [bits, vector] : {std::pair{8, 2}, {6, 2}, {4, 2}, {8, 4}})
    add(palette(bits, {}, {}, vector));
  Scheme int8;
  int8.quantize = Quantize{};
  add(std::move(int8));
  return out;
}

Result<std::vector<WeightCandidates>> measure_candidates(const ir::Module& module,
                                                         const std::vector<Weight>& weights,
                                                         const Context& context) {
  const std::vector<Scheme> schemes = candidate_schemes(context.rules);
  double total = 0, done = 0;
  for (const Weight& w : weights) total += worth_coding(w) ? static_cast<double>(w.count()) : 0;
  std::vector<WeightCandidates> out;
  for (const Weight& w : weights) {
    if (context.stop.requested()) return interrupted_error();
    WeightCandidates c;
    const ir::Function& f = module.functions[w.function];
    const ir::Tensor* tensor = f.constant(w.value);
    const auto bytes = ir::packed_bytes(w.dtype, w.count());
    Candidate as_is;
    as_is.bytes = tensor ? stored_bytes(bytes.value_or(0), static_cast<std::size_t>(w.count()))
                         : coded_bytes(f, w.value);
    c.candidates.push_back(as_is);
    if (!w.refusal.empty()) {
      c.reason = w.refusal;
    } else if (!tensor) {
      c.reason = cat("it is ", read_form(f, w.value)->text(), " already");
    } else if (!worth_coding(w)) {
      c.reason = cat("it has ", w.count(), " elements only");
    } else {
      if (context.progress) context.progress(w.name, total > 0 ? done / total : 1);
      done += static_cast<double>(w.count());
      const Sample sample = sample_of(*tensor, w, kSampled);
      const auto loaded = LoadedWeight::read(sample.tensor, *context.pool);
      if (!loaded) {
        c.reason = loaded.error().message;
      } else {
        c.signal = loaded->energy() / sample.share;
        for (const Scheme& s : schemes) {
          if (!misfit(s, w).empty()) continue;
          const std::size_t planned = planned_bytes(s, w);
          if (planned >= as_is.bytes) continue;
          const auto e = encode(*loaded, sample.weight, s, {}, *context.pool);
          if (e) c.candidates.push_back({s, planned, e->error / sample.share});
        }
      }
    }
    out.push_back(std::move(c));
  }
  return out;
}

SizeRange size_range(const std::vector<WeightCandidates>& weights) {
  SizeRange range;
  for (const WeightCandidates& w : weights) {
    std::size_t least = SIZE_MAX, most = 0;
    for (const Candidate& c : w.candidates) {
      least = std::min(least, c.bytes);
      most = std::max(most, c.bytes);
    }
    range.smallest += least;
    range.largest += most;
  }
  return range;
}

Result<std::vector<Decision>> choose(const std::vector<WeightCandidates>& weights,
                                     std::size_t budget) {
  std::vector<std::vector<Choice>> items;
  for (const WeightCandidates& w : weights) {
    std::vector<Choice> choices;
    for (const Candidate& c : w.candidates) {
      const double share = w.signal > 0 ? c.error / w.signal : 0;
      choices.push_back({c.bytes, share * w.sensitivity});
    }
    items.push_back(std::move(choices));
  }
  const auto picked = knapsack(items, budget);
  if (!picked) {
    const std::size_t least = size_range(weights).smallest;
    return Error(Code::E4103,
                 cat("the weights take ", least, " bytes at the least, the goal leaves ", budget),
                 "raise the goal, or prune first; weights that are left alone are in the table of "
                 "`corecast compress --dry-run`");
  }
  std::vector<Decision> out;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Candidate& c = weights[i].candidates[(*picked)[i]];
    Decision d{c.scheme, weights[i].reason};
    if (d.reason.empty()) {
      const double share = weights[i].signal > 0 ? std::sqrt(c.error / weights[i].signal) : 0;
      d.reason = c.scheme.none()
                     ? std::string("the goal leaves room for it")
                     : cat("relative error ", std::round(share * 1e4) / 1e4, ", sensitivity ",
                           std::round(weights[i].sensitivity * 1e3) / 1e3);
    }
    out.push_back(std::move(d));
  }
  return out;
}

}  // namespace corecast::compress
