#include "passes/fuse/transpose.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/check.h"

namespace corecast::passes::fuse {
namespace {

constexpr std::size_t kSide = 16;  // of a block: 64 bytes of f32, a cache line

/// Transposes a whole block; `from` and `to` are the distances of rows, in elements.
template <class T>
void transpose_block(const std::byte* source, std::size_t from, std::byte* result, std::size_t to) {
  for (std::size_t r = 0; r < kSide; ++r) {
    for (std::size_t k = 0; k < kSide; ++k)
      std::memcpy(result + (r * to + k) * sizeof(T), source + (k * from + r) * sizeof(T),
                  sizeof(T));
  }
}

/// Four by four in registers; the rows of the result are completed four at a time.
template <>
void transpose_block<std::uint32_t>(const std::byte* source, std::size_t from, std::byte* result,
                                    std::size_t to) {
  typedef std::uint32_t V __attribute__((vector_size(16)));
  constexpr std::size_t size = sizeof(std::uint32_t);
  for (std::size_t r = 0; r < kSide; r += 4) {
    for (std::size_t k = 0; k < kSide; k += 4) {
      V v[4];
      for (std::size_t i = 0; i < 4; ++i)
        std::memcpy(&v[i], source + ((k + i) * from + r) * size, sizeof(V));
      const V low01 = __builtin_shufflevector(v[0], v[1], 0, 4, 1, 5);
      const V high01 = __builtin_shufflevector(v[0], v[1], 2, 6, 3, 7);
      const V low23 = __builtin_shufflevector(v[2], v[3], 0, 4, 1, 5);
      const V high23 = __builtin_shufflevector(v[2], v[3], 2, 6, 3, 7);
      const V rows[4] = {__builtin_shufflevector(low01, low23, 0, 1, 4, 5),
                         __builtin_shufflevector(low01, low23, 2, 3, 6, 7),
                         __builtin_shufflevector(high01, high23, 0, 1, 4, 5),
                         __builtin_shufflevector(high01, high23, 2, 3, 6, 7)};
      for (std::size_t i = 0; i < 4; ++i)
        std::memcpy(result + ((r + i) * to + k) * size, &rows[i], sizeof(V));
    }
  }
}

template <class T>
class Transposer {
 public:
  Transposer(const MatrixBytes& m, std::size_t first, std::span<std::byte> out)
      : from_(m.bytes.data()),
        rows_(m.rows),
        columns_(m.columns),
        first_(first),
        end_(first + out.size() / sizeof(T)),
        out_(out.data()) {}

  void run() const {
    const std::size_t begin = first_ / rows_ / kSide * kSide;
    const std::size_t end = (end_ + rows_ - 1) / rows_;
    const bool one_row = end - first_ / rows_ == 1;
    const std::size_t k_begin = one_row ? first_ % rows_ / kSide * kSide : 0;
    const std::size_t k_end = one_row ? end_ - (end - 1) * rows_ : rows_;
    for (std::size_t k = k_begin; k < k_end; k += kSide) {
      for (std::size_t r = begin; r < end; r += kSide) {
        if (k + 2 * kSide <= k_end) fetch_ahead(k + kSide, r);
        const bool whole = k + kSide <= rows_ && r + kSide <= columns_;
        if (whole && r * rows_ >= first_ && (r + kSide) * rows_ <= end_)
          transpose_block<T>(at(k, r), columns_, out_ + (r * rows_ + k - first_) * sizeof(T),
                             rows_);
        else
          clipped(k, r, whole);
      }
    }
  }

 private:
  const std::byte* at(std::size_t k, std::size_t r) const {
    return from_ + (k * columns_ + r) * sizeof(T);
  }

  /// Rows of the source lie pages apart, where the processor does not look ahead by itself.
  void fetch_ahead(std::size_t k, std::size_t r) const {
    for (std::size_t i = 0; i < kSide; ++i) __builtin_prefetch(at(k + i, r));
  }

  /// A block of which a part lies outside the matrix or outside what was asked for.
  void clipped(std::size_t k, std::size_t r, bool whole) const {
    std::byte block[kSide * kSide * sizeof(T)];
    const std::size_t height = std::min(kSide, columns_ - r), width = std::min(kSide, rows_ - k);
    if (whole) {
      transpose_block<T>(at(k, r), columns_, block, kSide);
    } else {
      for (std::size_t i = 0; i < width; ++i) {
        for (std::size_t j = 0; j < height; ++j)
          std::memcpy(block + (j * kSide + i) * sizeof(T), at(k + i, r + j), sizeof(T));
      }
    }
    for (std::size_t j = 0; j < height; ++j) {
      const std::size_t start = (r + j) * rows_ + k;
      const std::size_t from = std::max(start, first_), to = std::min(start + width, end_);
      if (from >= to) continue;
      std::memcpy(out_ + (from - first_) * sizeof(T),
                  block + (j * kSide + from - start) * sizeof(T), (to - from) * sizeof(T));
    }
  }

  const std::byte* from_;
  std::size_t rows_, columns_, first_, end_;
  std::byte* out_;
};

}  // namespace

void transpose_part(const MatrixBytes& m, std::size_t first, std::span<std::byte> out) {
  CC_CHECK(m.bytes.size() == m.rows * m.columns * m.element_size, "a matrix of another size");
  CC_CHECK(out.size() % m.element_size == 0, "a part holds whole elements");
  CC_CHECK(first <= m.rows * m.columns && out.size() / m.element_size <= m.rows * m.columns - first,
           "a part outside the matrix");
  if (out.empty()) return;
  switch (m.element_size) {
    case 1: return Transposer<std::uint8_t>(m, first, out).run();
    case 2: return Transposer<std::uint16_t>(m, first, out).run();
    case 4: return Transposer<std::uint32_t>(m, first, out).run();
    case 8: return Transposer<std::uint64_t>(m, first, out).run();
    default: CC_UNREACHABLE("elements of 1, 2, 4 or 8 bytes");
  }
}

}  // namespace corecast::passes::fuse
