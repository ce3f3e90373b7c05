// Transposition of a part of a matrix, for weights that are transposed while they are read.
#pragma once

#include <cstddef>

#include "base/bytes.h"

namespace corecast::passes::fuse {

/// A row-major, packed matrix of elements of 1, 2, 4 or 8 bytes, at any alignment.
struct MatrixBytes {
  ByteView bytes;
  std::size_t rows = 0, columns = 0;
  std::size_t element_size = 0;
};

/// Writes elements [first, first + out.size() / element_size) of the transpose, whose row r is
/// column r of m. Reads the source in rows as wide as the part has rows: a part of a hundred rows
/// or more is read at the speed of memory.
void transpose_part(const MatrixBytes& m, std::size_t first, std::span<std::byte> out);

}  // namespace corecast::passes::fuse
