// Where k-means begins: greedy k-means++ (Arthur and Vassilvitskii, 2007).
#pragma once

#include "compress/palette/vector_palette_lloyd.h"

namespace corecast::compress {

/// Numbers from a seed, the same everywhere (splitmix64).
class SeedSequence {
 public:
  explicit SeedSequence(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  /// In [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  /// In [0, n).
  std::int64_t below(std::int64_t n);

 private:
  std::uint64_t state_;
};

/// `k` entries among `data`'s vectors, each the best of a few drawn with chances in proportion to
/// their distance from the ones before. With fewer than k different vectors the rest are copies.
Entries seed_entries(const KeptVectors& data, int k, SeedSequence& random);

}  // namespace corecast::compress
