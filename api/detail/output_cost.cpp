#include "api/detail/output_cost.h"

#include <algorithm>
#include <cmath>

#include "base/strings.h"

namespace corecast::api {

Result<OutputProbe> OutputProbe::make(const ir::Module& original, std::vector<NamedTensors> samples,
                                      SharedPool pool) {
  OutputProbe probe;
  for (const auto& feature : original.main().outputs) probe.outputs_.push_back(feature.name);
  TRY(const auto runner, validator::embedded_runner(original, executor::Precision::fp32, pool));
  for (const NamedTensors& sample : samples) {
    TRY(NamedTensors outputs, runner->run(sample));
    probe.wanted_.push_back(std::move(outputs));
  }
  probe.samples_ = std::move(samples);
  probe.pool_ = std::move(pool);
  return probe;
}

Result<std::vector<OutputCost>> OutputProbe::costs(const ir::Module& changed) const {
  TRY(const auto runner, validator::embedded_runner(changed, executor::Precision::fp32, pool_));
  std::vector<OutputCost> costs;
  for (const auto& name : outputs_) costs.push_back({name, {}});
  for (std::size_t s = 0; s < samples_.size(); ++s) {
    TRY(const NamedTensors got, runner->run(samples_[s]));
    for (OutputCost& cost : costs) {
      const auto r = wanted_[s].find(cost.name), c = got.find(cost.name);
      if (r == wanted_[s].end() || c == got.end()) continue;
      const validator::Metrics m = validator::measure(r->second, c->second);
      cost.metrics = s == 0 ? m : validator::merge(cost.metrics, m);
    }
  }
  return costs;
}

Result<std::vector<double>> OutputProbe::relative_errors(const ir::Module& changed) const {
  TRY(const auto runner, validator::embedded_runner(changed, executor::Precision::fp32, pool_));
  std::vector<double> errors;
  for (std::size_t s = 0; s < samples_.size(); ++s) {
    TRY(const NamedTensors got, runner->run(samples_[s]));
    double sum = 0;
    std::size_t count = 0;
    for (const auto& [name, wanted] : wanted_[s]) {
      const auto it = got.find(name);
      if (it == got.end()) continue;
      const double sqnr = validator::measure(wanted, it->second).sqnr;
      // Outputs that hold nothing but integers or booleans have an error of 0 or everything.
      const double share = std::isinf(sqnr) && sqnr > 0 ? 0 : std::pow(10, -sqnr / 10);
      sum += std::isfinite(share) ? share : 1;
      ++count;
    }
    errors.push_back(count ? sum / static_cast<double>(count) : 0);
  }
  return errors;
}

std::optional<std::string> violated(const std::vector<OutputCost>& costs,
                                    const validator::Thresholds& t) {
  for (const OutputCost& c : costs) {
    const auto& m = c.metrics;
    const auto below = [&](const std::optional<double>& bound, double value, const char* what) {
      return bound && !(value >= *bound) ? std::optional(cat(what, " of ", quote(c.name), " is ",
                                                             value, ", below ", *bound))
                                         : std::nullopt;
    };
    if (auto why = below(t.psnr, m.psnr, "psnr")) return why;
    if (auto why = below(t.sqnr, m.sqnr, "sqnr")) return why;
    if (auto why = below(t.cosine, m.cosine, "cosine")) return why;
    if (auto why = below(t.top1, m.top1, "top1")) return why;
    if (t.max_rel && !(m.max_rel <= *t.max_rel))
      return cat("max_rel of ", quote(c.name), " is ", m.max_rel, ", above ", *t.max_rel);
  }
  return std::nullopt;
}

}  // namespace corecast::api
