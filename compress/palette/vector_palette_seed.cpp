#include "compress/palette/vector_palette_seed.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace corecast::compress {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Squared distances to the nearest of the entries so far, and their sums by block.
struct Distances {
  std::vector<float> nearest, sums;
  double total = 0;

  Distances(std::int64_t n) : nearest(at(n)), sums(at((n + kSeedBlock - 1) / kSeedBlock)) {}
};

/// A vector drawn with chances in proportion to its distance; total > 0.
std::int64_t draw(const Distances& d, SeedSequence& random) {
  double left = random.uniform() * d.total;
  std::size_t block = 0;
  while (block + 1 < d.sums.size() && left >= static_cast<double>(d.sums[block]))
    left -= static_cast<double>(d.sums[block++]);
  const std::size_t begin = block * at(kSeedBlock);
  const std::size_t end = std::min(d.nearest.size(), begin + at(kSeedBlock));
  std::size_t last = begin;  // with a distance: rounding may run past it
  for (std::size_t i = begin; i < end; ++i) {
    if (d.nearest[i] > 0) last = i;
    left -= static_cast<double>(d.nearest[i]);
    if (left < 0) break;
  }
  return static_cast<std::int64_t>(last);
}

}  // namespace

std::uint64_t SeedSequence::next() {
  state_ += 0x9e3779b97f4a7c15u;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

std::int64_t SeedSequence::below(std::int64_t n) {
  return std::min(n - 1, static_cast<std::int64_t>(uniform() * static_cast<double>(n)));
}

Entries seed_entries(const KeptVectors& data, int k, SeedSequence& random) {
  const std::int64_t v = data.vector();
  const VectorBlock b = data.all();
  const auto relax = kernels().vector.relax[slot_of_vector(v)];
  Distances now(b.stride), next(b.stride), best(b.stride);
  std::fill_n(now.nearest.begin(), b.n, INFINITY);

  Entries entries(at(k * v));
  auto copy = [&](std::int64_t vector, float* to) {
    for (std::int64_t j = 0; j < v; ++j) to[j] = b.x[j * b.stride + vector];
  };
  auto try_entry = [&](const float* entry, Distances& out) {
    relax(b, entry, now.nearest.data(), out.nearest.data(), out.sums.data());
    out.total = std::accumulate(out.sums.begin(), out.sums.end(), 0.0);
  };
  copy(random.below(b.n), entries.data());
  try_entry(entries.data(), next);
  std::swap(now, next);

  const int trials = 2 + static_cast<int>(std::log(static_cast<double>(k)));
  int found = 1;
  for (; found < k && now.total > 0; ++found) {
    float* entry = entries.data() + found * v;
    for (int t = 0; t < trials; ++t) {
      float candidate[8];
      copy(draw(now, random), candidate);
      try_entry(candidate, next);
      if (t > 0 && next.total >= best.total) continue;
      std::swap(best, next);
      std::copy_n(candidate, v, entry);
    }
    std::swap(now, best);
  }
  for (; found < k; ++found) std::copy_n(entries.begin(), v, entries.begin() + found * v);
  return entries;
}

}  // namespace corecast::compress
