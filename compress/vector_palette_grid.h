// Which entries of a table can be nearest, by cell of a grid over the plane: for vectors of two
// elements nearly every cell has one to three candidates out of 256.
#pragma once

#include <array>
#include <vector>

#include "base/thread_pool.h"
#include "compress/vector_palette_data.h"

namespace corecast::compress {

/// The grid's lines, for one group: closer together where there are more vectors.
class GridLines {
 public:
  /// Lines for about `cells` cells, placed by a sample of the vectors. Vectors beyond the sample's
  /// range are allowed for.
  GridLines(const VectorBlock& sample, std::int64_t cells);

  /// Columns (and rows) of the grid; the first and the last lie beyond the sample's range.
  int side() const { return side_; }
  /// Column or row of each bin of a coordinate, as VectorKernels::bins makes them.
  struct Axis {
    float lo = 0, scale = 0;
    std::vector<std::uint16_t> line;  ///< of a bin
    std::vector<float> begin, end;    ///< of a column, somewhat too wide; [side]
  };
  const Axis& axis(int j) const { return axes_[static_cast<std::size_t>(j)]; }
  float last_bin() const;

 private:
  int side_;
  std::array<Axis, 2> axes_;
};

/// Finds the nearest of up to 256 entries of two coordinates; agrees with VectorKernels::assign bit
/// by bit.
class EntryGrid {
 public:
  EntryGrid(const GridLines& lines, const std::vector<float>& entries, ThreadPool& pool);
  /// As VectorKernels::assign, without weights.
  void assign(const VectorBlock& b, std::uint8_t* index, float* distance) const;

 private:
  struct Strip;  // some rows of cells
  void fill(int coarse, Strip& strip) const;

  const GridLines& lines_;
  const std::vector<float>& entries_;
  /// [side, side]: candidates in the low 9 bits; above them the entry if there is one candidate,
  /// else where they begin in `lists_`.
  std::vector<std::uint32_t> cells_;
  std::vector<std::uint8_t> lists_;
};

}  // namespace corecast::compress
