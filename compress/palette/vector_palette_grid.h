// Which entries of a table can be nearest, by cell of a grid over the plane: for vectors of two
// elements nearly every cell has one to three candidates out of 256.
#pragma once

#include <array>
#include <vector>

#include "base/thread_pool.h"
#include "compress/palette/vector_palette_data.h"

namespace corecast::compress {

/// The grid's lines, for one group: closer together where there are more vectors.
class GridLines {
 public:
  /// `side` (a power of two from 4 to 512) rows and columns, placed by a sample of the vectors.
  /// Vectors beyond the sample's range are allowed for.
  GridLines(const VectorBlock& sample, int side);

  /// Columns (and rows) of the grid; the first and the last lie beyond the sample's range.
  int side() const { return side_; }
  /// The cell, row * side() + column, of each vector: rows by the first coordinate.
  void cells(const VectorBlock& b, std::uint32_t* cell) const;

  struct Axis {
    float lo = 0, scale = 0;          ///< of the bins (VectorKernels::bins)
    std::vector<std::uint16_t> line;  ///< row or column of each bin
    std::vector<float> begin, end;    ///< of a row or column, somewhat too wide; [side]
  };
  const Axis& axis(int j) const { return axes_[static_cast<std::size_t>(j)]; }

 private:
  int side_ = 0;
  std::array<Axis, 2> axes_;
};

/// The middle of each cell's vectors, with their weight: a small stand-in for all of them. Weights
/// must not differ inside a vector. The same for any number of threads.
KeptVectors summary_of(const VectorData& data, const GridLines& lines, ThreadPool& pool);

struct Candidates;

/// Finds the nearest of up to 256 entries of two coordinates; agrees with VectorKernels::assign bit
/// by bit.
class EntryGrid {
 public:
  EntryGrid(const GridLines& lines, const std::vector<float>& entries, ThreadPool& pool);
  /// As VectorKernels::assign, without weights.
  void assign(const VectorBlock& b, std::uint8_t* index, float* distance) const;

 private:
  struct Part;
  void fill(int row, int column, int size, const Candidates& from, Part& part) const;

  const GridLines& lines_;
  const std::vector<float>& entries_;
  /// [side, side]: candidates in the low 10 bits; above them the entry if there is one candidate,
  /// else where they begin in `lists_`.
  std::vector<std::uint32_t> cells_;
  std::vector<std::uint8_t> lists_;
};

}  // namespace corecast::compress
