// Random numbers that are the same on every platform: only operations that IEEE 754 rounds exactly.
#pragma once

#include <cstdint>
#include <random>

namespace corecast::validator {

class Random {
 public:
  explicit Random(std::uint64_t seed) : bits_(seed) {}

  /// In [0, 1).
  double uniform() { return static_cast<double>(bits_() >> 11) * 0x1p-53; }
  double within(double lo, double hi) { return lo + (hi - lo) * uniform(); }
  /// In [0, n); 0 for an n below 2.
  std::int64_t below(std::int64_t n) {
    return n < 2 ? 0 : static_cast<std::int64_t>(bits_() % static_cast<std::uint64_t>(n));
  }
  /// Of mean 0 and deviation 1.
  double normal();

 private:
  std::mt19937_64 bits_;
};

}  // namespace corecast::validator
