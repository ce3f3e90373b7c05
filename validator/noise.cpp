#include "validator/noise.h"

#include <algorithm>
#include <cmath>

namespace corecast::validator {

void Distance::add(const Metrics& m) {
  metrics_ = merge(metrics_, m);
  max_rel_ = std::max(max_rel_, m.max_rel);
  const double share = m.rmse / (m.range > 0 ? m.range : 1);
  squares_ += share * share;
  ++samples_;
}

double Distance::rms() const {
  return samples_ ? std::sqrt(squares_ / static_cast<double>(samples_)) : 0;
}

Result<NoiseFloor> NoiseFloor::make(const ir::Module& graph, executor::Rounding rounding,
                                    SharedPool pool, Stop stop) {
  NoiseFloor noise;
  noise.rounding_ = std::make_shared<executor::Rounding>(std::move(rounding));
  TRY(noise.runner_, embedded_runner(graph, executor::Precision::fp32, pool, stop));
  TRY(noise.noisy_, rounding_runner(graph, noise.rounding_, std::move(pool), stop));
  return noise;
}

Status NoiseFloor::draw(const std::vector<NamedTensors>& samples) {
  for (std::size_t i = exact_.size(); i < samples.size(); ++i) {
    TRY(NamedTensors exact, runner_->run(samples[i]));
    exact_.push_back(std::move(exact));
  }
  std::map<std::string, Distance> moved;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    rounding_->seed = static_cast<std::uint32_t>(draws_ * 7919 + static_cast<int>(i) + 1);
    rounding_->made = 0;
    TRY(const NamedTensors noisy, noisy_->run(samples[i]));
    for (const auto& [name, tensor] : exact_[i]) {
      const auto it = noisy.find(name);
      if (it != noisy.end()) moved[name].add(measure(tensor, it->second));
    }
  }
  for (const auto& [name, distance] : moved) {
    Floor& f = floors_[name];
    const Metrics& m = distance.metrics();
    f.max_rel = std::max(f.max_rel, distance.max_rel());
    f.rms = std::max(f.rms, distance.rms());
    const std::int64_t rows = f.rows + m.rows;
    if (rows > 0) {
      f.top1 = (f.top1 * static_cast<double>(f.rows) + m.top1 * static_cast<double>(m.rows)) /
               static_cast<double>(rows);
    }
    f.rows = rows;
    if (m.count > 0) {
      f.differing =
          std::max(f.differing, static_cast<double>(m.differing) / static_cast<double>(m.count));
    }
  }
  ++draws_;
  return {};
}

const Floor* NoiseFloor::find(const std::string& output) const {
  const auto it = floors_.find(output);
  return it == floors_.end() ? nullptr : &it->second;
}

}  // namespace corecast::validator
