#include <algorithm>
#include <cmath>

#include "api/detail/samples.h"

namespace corecast::api {
namespace {

/// A running mean over about 2 / (1 - kMemory) elements, there and back.
constexpr double kMemory = 0.8;
/// Shorter axes hold channels or features, not places or times.
constexpr std::int64_t kLongAxis = 16;

struct Spread {
  double mean = 0, deviation = 0;
};

Spread spread_of(const std::vector<double>& v) {
  Spread s;
  for (const double x : v) s.mean += x;
  s.mean /= static_cast<double>(v.size());
  for (const double x : v) s.deviation += (x - s.mean) * (x - s.mean);
  s.deviation = std::sqrt(s.deviation / static_cast<double>(v.size()));
  return s;
}

/// Smooths along one axis of an array of [outer, size, inner].
void smooth(std::vector<double>& v, std::size_t size, std::size_t inner) {
  for (std::size_t at = 0; at < v.size(); at += size * inner) {
    for (std::size_t i = at; i < at + inner; ++i) {
      for (std::size_t k = 1; k < size; ++k)
        v[i + k * inner] += kMemory * (v[i + (k - 1) * inner] - v[i + k * inner]);
      for (std::size_t k = size - 1; k-- > 0;)
        v[i + k * inner] += kMemory * (v[i + (k + 1) * inner] - v[i + k * inner]);
    }
  }
}

}  // namespace

NamedTensors smoothed(NamedTensors sample) {
  for (auto& [name, tensor] : sample) {
    if (!ir::is_floating(tensor.dtype())) continue;
    std::vector<double> v = tensor.to_doubles();
    const Spread before = v.empty() ? Spread{} : spread_of(v);
    if (!(before.deviation > 0)) continue;
    std::size_t inner = 1;
    for (std::size_t axis = tensor.dims().size(); axis-- > 0;) {
      const std::int64_t size = tensor.dims()[axis];
      if (size >= kLongAxis) smooth(v, static_cast<std::size_t>(size), inner);
      inner *= static_cast<std::size_t>(size);
    }
    const Spread after = spread_of(v);
    if (!(after.deviation > 0)) continue;
    ir::Tensor out = ir::Tensor::empty(tensor.dtype(), tensor.dims());
    for (std::size_t i = 0; i < v.size(); ++i) {
      out.set(static_cast<std::int64_t>(i),
              before.mean + (v[i] - after.mean) * (before.deviation / after.deviation));
    }
    tensor = std::move(out);
  }
  return sample;
}

}  // namespace corecast::api
