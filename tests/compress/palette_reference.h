// Slow, obvious counterparts of palettisation for its tests.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "compress/palette/palette.h"
#include "tests/support/catch.h"

namespace corecast::compress {

/// A weight of f16 or f32 with bell-shaped, here and there far values.
class Sample {
 public:
  Sample(std::int64_t n, bool half, unsigned seed) : half_(half) {
    std::mt19937 random(seed);
    std::normal_distribution<float> bell(0, 0.05f);
    for (std::int64_t i = 0; i < n; ++i) add(bell(random) * (random() % 50 == 0 ? 4.0f : 1.0f));
  }
  Sample(std::vector<float> values, bool half) : half_(half) {
    for (const float v : values) add(v);
  }
  Values values() const {
    return half_ ? Values(std::span<const ir::half>(halves_))
                 : Values(std::span<const float>(floats_));
  }

 private:
  void add(float v) {
    if (half_)
      halves_.push_back(ir::to_half(v));
    else
      floats_.push_back(v);
  }
  bool half_;
  std::vector<ir::half> halves_;
  std::vector<float> floats_;
};

/// Element i of packed indices, bit by bit.
inline std::size_t index_at(const ir::OwnedBuffer& packed, int bits, std::int64_t i) {
  std::size_t index = 0;
  for (int b = 0; b < bits; ++b) {
    const std::int64_t bit = i * bits + b;
    const auto byte = static_cast<unsigned>(packed.bytes()[static_cast<std::size_t>(bit / 8)]);
    index |= static_cast<std::size_t>((byte >> (bit % 8)) & 1u) << b;
  }
  return index;
}

/// Checks shapes, order and dtype of the tables, that every index is nearest, and the error.
inline void check_palette(const Values& w, const Axis& axis, std::int64_t group,
                          const Importance& importance, const Palette& p) {
  const std::size_t size = std::size_t{1} << p.bits;
  const std::int64_t channels = group > 0 ? group : std::max<std::int64_t>(axis.size, 1);
  REQUIRE(p.groups == std::max<std::int64_t>(1, axis.size / channels));
  REQUIRE(p.tables.size() == static_cast<std::size_t>(p.groups) * size);
  REQUIRE(static_cast<std::int64_t>(p.indices->size()) == (w.size() * p.bits + 7) / 8);
  std::vector<std::size_t> used(static_cast<std::size_t>(p.groups));
  std::vector<bool> touched(p.tables.size());
  double error = 0;
  std::int64_t not_nearest = 0;
  for (std::int64_t i = 0; i < w.size(); ++i) {
    const auto g = static_cast<std::size_t>(i / axis.inner % axis.size / channels);
    const std::size_t index = index_at(*p.indices, p.bits, i);
    touched[g * size + index] = true;
    used[g] = std::max(used[g], index + 1);
    const double d = std::abs(double{w[i]} - double{p.tables[g * size + index]});
    // Neighbours decide: the table ascends. The lower of two equally near ones is taken.
    if (index > 0)
      not_nearest += std::abs(double{w[i]} - double{p.tables[g * size + index - 1]}) <= d;
    error += importance.of(i) * d * d;
  }
  for (std::int64_t i = 0; i < w.size(); ++i) {
    const auto g = static_cast<std::size_t>(i / axis.inner % axis.size / channels);
    const std::size_t index = index_at(*p.indices, p.bits, i);
    if (index + 1 == used[g]) continue;
    not_nearest += std::abs(double{w[i]} - double{p.tables[g * size + index + 1]}) <
                   std::abs(double{w[i]} - double{p.tables[g * size + index]});
  }
  CHECK(not_nearest == 0);
  CHECK(p.error == Approx(error).epsilon(1e-9).margin(1e-30));
  for (std::size_t at = 0; at < p.tables.size(); ++at) {
    const std::size_t e = at % size, entries = used[at / size];
    const float value = p.tables[at];
    if (w.is_half()) CHECK(ir::to_float(ir::to_half(value)) == value);
    CHECK(touched[at] == (e < entries));
    if (e >= entries) CHECK(value == 0);
    if (e > 0 && e < entries) CHECK(p.tables[at - 1] < value);
  }
  // The last byte is padded with zeros.
  if (w.size() * p.bits % 8 != 0)
    CHECK(static_cast<unsigned>(p.indices->bytes().back()) >> (w.size() * p.bits % 8) == 0);
}

}  // namespace corecast::compress
