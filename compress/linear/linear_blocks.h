// Where the blocks of a weight lie in memory.
#pragma once

#include <cstdint>
#include <vector>

namespace corecast::compress {

/// A weight cut into equal hyper-rectangles, with adjacent dims merged where that changes nothing:
/// one dim means contiguous blocks. Blocks are numbered row-major.
struct BlockLayout {
  std::vector<std::int64_t> dims, block;  ///< merged, at least one dim
  std::vector<std::int64_t> grid;         ///< dims / block, of the dims that were given
  std::int64_t blocks = 1;
  std::int64_t size = 1;   ///< elements of a block
  std::int64_t count = 1;  ///< elements of the weight

  /// CHECKs that every block divides its dim (a dim of 0 may have a block of 0).
  static BlockLayout of(const std::vector<std::int64_t>& dims,
                        const std::vector<std::int64_t>& block);

  bool contiguous() const { return dims.size() == 1; }
  /// Blocks are columns (parts of columns) of a matrix.
  bool columns() const { return dims.size() == 2 && block[1] == 1; }

  /// Elements that follow each other in memory.
  struct Run {
    std::int64_t start, count;
  };
  /// The longest run from element `at` of block `b` on, its elements taken row-major.
  Run run(std::int64_t b, std::int64_t at) const;
};

}  // namespace corecast::compress
