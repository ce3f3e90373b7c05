// Random data and comparisons for kernel tests. The seed is printed when a check fails.
#pragma once

#include <cmath>
#include <random>
#include <vector>

#include "executor/cpu/kernels/isa.h"
#include "tests/support/catch.h"

namespace corecast::test {

inline unsigned fresh_seed() {
  static std::random_device device;
  return device();
}

struct Random {
  explicit Random(unsigned seed) : engine(seed) {}
  std::int64_t in(std::int64_t lo, std::int64_t hi) {
    return std::uniform_int_distribution<std::int64_t>(lo, hi)(engine);
  }
  std::vector<float> floats(std::int64_t n) {
    std::normal_distribution<float> normal;
    std::vector<float> v(static_cast<std::size_t>(n));
    for (float& x : v) x = normal(engine);
    return v;
  }
  std::mt19937 engine;
};

/// Largest |a - b| over max(1, |b|); infinite when exactly one is NaN.
template <class A, class B>
double worst_error(const A& a, const B& b, std::int64_t n) {
  double worst = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto x = static_cast<double>(a[static_cast<std::size_t>(i)]);
    const auto y = static_cast<double>(b[static_cast<std::size_t>(i)]);
    if (std::isnan(x) && std::isnan(y)) continue;
    if (x == y) continue;
    const double e = std::fabs(x - y) / std::max(1.0, std::fabs(y));
    worst = std::isnan(e) ? INFINITY : std::max(worst, e);
  }
  return worst;
}

/// Runs body once per instruction set of this machine.
template <class Body>
void for_each_isa(const Body& body) {
  const cpu::Isa best = cpu::available_isas().back();
  for (const cpu::Isa isa : cpu::available_isas()) {
    INFO("isa " << cpu::name_of(isa));
    cpu::use_isa(isa);
    body();
  }
  cpu::use_isa(best);
}

}  // namespace corecast::test
