// One weight on its way through linear quantisation: reading blocks into tiles, choosing their
// grids, storing codes.
#pragma once

#include "compress/cpu/kernels.h"
#include "compress/linear/linear.h"
#include "compress/linear/linear_blocks.h"

namespace corecast::compress {

/// 64-byte aligned memory for n elements, not initialised.
template <class T>
class Scratch {
 public:
  explicit Scratch(std::int64_t n) : bytes_(static_cast<std::size_t>(n) * sizeof(T), false) {}
  T* data() { return static_cast<T*>(static_cast<void*>(bytes_.mutable_bytes())); }

 private:
  ir::OwnedBuffer bytes_;
};

/// Space for the tiles of one thread, `n` elements at a time.
struct LinearScratch {
  explicit LinearScratch(std::int64_t n, bool importance)
      : x(n), g(importance ? n : 0), lines(n), codes(n), rows(n) {}
  Scratch<float> x, g, lines;
  Scratch<std::uint8_t> codes, rows;
};

class LinearPass {
 public:
  LinearPass(const Values& w, const std::vector<std::int64_t>& dims, const LinearSpec& spec,
             const Importance& importance);

  LinearQuantized run(ThreadPool& pool);

 private:
  bool half() const { return w_.is_half(); }
  bool weighted() const { return !importance_.empty(); }
  /// Memory to floats; elements [start, start + n).
  void read(std::int64_t start, std::int64_t n, float* x) const;
  void read_importance(std::int64_t start, std::int64_t n, float* g) const;
  /// Elements [begin, end) of block b as a folded tile in s.x and s.g.
  LinearTile gather(std::int64_t b, std::int64_t begin, std::int64_t end, LinearScratch& s) const;
  /// Codes of elements [begin, end) of block b to where they belong.
  void scatter(std::int64_t b, std::int64_t begin, std::int64_t end, const std::uint8_t* codes);
  void put(std::int64_t start, const std::uint8_t* codes, std::int64_t n);
  void keep(std::int64_t first_block, std::int64_t blocks, const LinearGrid& grid);
  LinearGrid choose(const LinearTile& tile) const;
  void search(const LinearTile& tile, LinearGrid& grid) const;

  /// 16 contiguous blocks at a time, 32 neighbouring columns at a time, one block at a time. They
  /// return the error.
  double short_blocks(std::int64_t first, LinearScratch& s);
  double column_blocks(std::int64_t unit, LinearScratch& s);
  double one_block(std::int64_t b, LinearScratch& s);

  /// A block too large for a tile (linear_large.cpp).
  double large_block(std::int64_t b, ThreadPool& pool);
  LinearGrid search_large(std::int64_t b, const LinearRange& range, const LinearGrid& start,
                          ThreadPool& pool) const;
  LinearRange range_of(std::int64_t b, ThreadPool& pool) const;
  double error_of(std::int64_t b, const LinearGrid& grid, ThreadPool& pool) const;

  const LinearKernels& k_;
  Values w_;
  LinearSpec spec_;
  Importance importance_;
  BlockLayout layout_;
  LinearLevels levels_;
  bool nibbles_;
  LinearQuantized out_;
  std::uint8_t* data_ = nullptr;
};

}  // namespace corecast::compress
