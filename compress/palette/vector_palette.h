// Vector palettisation: a few neighbouring weights together become one index.
#pragma once

#include "compress/palette/palette.h"

namespace corecast::compress {

struct VectorPaletteSpec {
  int bits = 8;             ///< of an index: 1, 2, 3, 4, 6 or 8
  std::int64_t vector = 2;  ///< weights that an index stands for: 2, 4 or 8, consecutive along the
                            ///< axis; divides the group
  std::int64_t group = 0;   ///< channels that share a table; 0: all. Divides them.
  std::uint64_t seed = 0;
};

/// k-means on vectors: k-means++ starts, Lloyd's iterations to convergence (of large groups over a
/// sample or summary first, then over everything), entries that nothing is nearest to moved to
/// where the error is large, the best of a few restarts where they are cheap. Entries are rounded
/// to the weight's dtype, and the indices are nearest to what the tables then hold; tables ascend
/// lexicographically, unused entries are zeros at the end. Groups with at most 2^bits different
/// vectors are kept exactly. Every element must be finite.
///
/// An element's importance weights its square. The result depends neither on the pool's size nor on
/// the instruction set. CHECKs the spec against the axis. `bound` stays 0.
Palette palettize_vectors(const Values& w, const Axis& axis, const VectorPaletteSpec& spec,
                          const Importance& importance, ThreadPool& pool);

}  // namespace corecast::compress
