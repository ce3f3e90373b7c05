// Lloyd's iterations: vectors go to the nearest entry, entries to the middle of their vectors.
#pragma once

#include <memory>
#include <optional>

#include "base/thread_pool.h"
#include "compress/palette/vector_palette_grid.h"

namespace corecast::compress {

/// Entries [k, v] of a table, up to 256, in no order yet.
using Entries = std::vector<float>;

/// Finds nearest entries in whatever way is fastest; every way gives the same bits.
class Assigner {
 public:
  /// `lines` may be null. Keeps references to both.
  Assigner(const Entries& entries, std::int64_t vector, const GridLines* lines, ThreadPool& pool);
  /// `index` and `distance` have room for the block rounded up to kVectorPad. Distances count the
  /// weights.
  void operator()(const VectorBlock& b, std::uint8_t* index, float* distance) const;

 private:
  const Entries& entries_;
  std::int64_t vector_;
  std::optional<EntryGrid> grid_;
};

/// Whether a grid pays for these vectors and this many entries.
bool grid_pays(const VectorData& data, int entries);

struct LloydLimits {
  int rounds = 60;
  double gain = 3e-5;  ///< stop when a round lowers the error by less than this part of it
};

/// Improves `entries` in place; returns the error of the last assignment, which is no smaller than
/// that of the entries it leaves. Entries that nothing is nearest to move to vectors with large
/// errors. The result does not depend on the pool's size.
double lloyd(const VectorData& data, Entries& entries, const GridLines* lines,
             const LloydLimits& limits, ThreadPool& pool);

/// The sum of a block's distances, in a fixed order.
double sum_of(const float* x, std::int64_t n);

/// Vectors that one task takes: fixed by their number alone, so that sums come out the same for any
/// number of threads.
std::int64_t chunk_of(std::int64_t vectors);

}  // namespace corecast::compress
