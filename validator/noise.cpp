#include "validator/noise.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "validator/metrics.h"

namespace corecast::validator {
namespace {

using executor::Precision;

constexpr double kInnerRoundings = 8;
constexpr int kTrials = 2;

void raise(const NamedTensors& exact, const NamedTensors& noisy, double factor,
           std::map<std::string, double>& floors) {
  for (const auto& [name, tensor] : exact) {
    const auto it = noisy.find(name);
    if (it == noisy.end()) continue;
    double& floor = floors[name];
    floor = std::max(floor, factor * measure(tensor, it->second).max_rel);
  }
}

/// Whether NaN and infinities are where they belong.
bool same_specials(const NamedTensors& exact, const NamedTensors& noisy) {
  return std::all_of(exact.begin(), exact.end(), [&](const auto& entry) {
    const auto it = noisy.find(entry.first);
    if (it == noisy.end()) return true;
    const Metrics m = measure(entry.second, it->second);
    return m.nan_mismatches == 0 && m.inf_mismatches == 0;
  });
}

/// Every fp32 number moved to one of its neighbours.
NamedTensors nudged(const NamedTensors& sample, std::uint32_t seed) {
  std::minstd_rand random(seed);
  NamedTensors out;
  for (const auto& [name, tensor] : sample) {
    if (tensor.dtype() != ir::DType::f32) {
      out.emplace(name, tensor);
      continue;
    }
    ir::Tensor moved = ir::Tensor::empty(ir::DType::f32, tensor.dims());
    const auto from = tensor.data<float>();
    const auto to = moved.mutable_data<float>();
    for (std::size_t i = 0; i < to.size(); ++i) {
      to[i] = std::nextafter(from[i], random() & 1024 ? HUGE_VALF : -HUGE_VALF);
      if (!std::isfinite(to[i])) to[i] = from[i];
    }
    out.emplace(name, std::move(moved));
  }
  return out;
}

}  // namespace

Result<NoiseFloor> NoiseFloor::make(const ir::Module& source, SharedPool pool, Stop stop) {
  TRY(auto exact, embedded_runner(source, Precision::fp32, pool, stop));
  return NoiseFloor(source, std::move(pool), stop, std::move(exact));
}

Status NoiseFloor::measure_fp16(const NamedTensors& sample, std::map<std::string, double>& floors) {
  if (!half_) {
    TRY(half_, embedded_runner(*source_, Precision::fp16, pool_, stop_));
  }
  TRY(const auto exact, exact_->run(sample));
  TRY(auto noisy, half_->run(sample));
  if (!same_specials(exact, noisy)) {
    if (!digits_) {
      TRY(digits_, embedded_runner(*source_, Precision::fp16_digits, pool_, stop_));
    }
    TRY(noisy, digits_->run(sample));
  }
  raise(exact, noisy, 1, floors);
  return {};
}

Status NoiseFloor::measure_fp32(const NamedTensors& sample, std::map<std::string, double>& floors) {
  TRY(const auto exact, exact_->run(sample));
  for (std::uint32_t trial = 1; trial <= kTrials; ++trial) {
    TRY(const auto noisy, exact_->run(nudged(sample, trial)));
    raise(exact, noisy, kInnerRoundings, floors);
  }
  return {};
}

}  // namespace corecast::validator
