// A table in the weight's dtype, and the indices of the elements nearest to its entries.
#pragma once

#include <array>

#include "compress/cpu/kernels.h"
#include "compress/palette/code_histogram.h"

namespace corecast::compress {

/// Entries in ascending order and the limits between them. An element halfway between two takes
/// the lower one.
class PaletteTable {
 public:
  /// Rounds `centres` (ascending, within the dtype's range) to the dtype; equal ones become one.
  PaletteTable(const std::vector<double>& centers, bool half, int bits);

  const std::vector<float>& entries() const { return entries_; }
  bool half() const { return half_; }
  int bits() const { return bits_; }

  /// Sum over the points of weight * (value - entry)^2. Entries that no point (of any weight) is
  /// nearest to leave the table.
  double measure(const Points1d& points);
  /// Leaves only the entries marked.
  void keep(const std::vector<bool>& used);

  /// For f16 tables, as half_key makes them.
  const std::int16_t* key_limits() const { return keys_.data(); }
  const float* float_limits() const { return floats_.data(); }

 private:
  void set_limits();

  std::vector<float> entries_;
  std::vector<double> middles_;
  std::array<std::int16_t, 255> keys_;
  std::array<float, 255> floats_;
  bool half_;
  int bits_;
};

/// Writes the packed indices of a weight, part by part. Parts that begin and end within a byte go
/// through one byte per index first.
class IndexWriter {
 public:
  /// `part`: every part begins at a multiple of this many elements.
  IndexWriter(const Values& w, int bits, std::int64_t part);

  /// Elements of `runs`: the number of the table's limits below them.
  void assign(const Runs& runs, const PaletteTable& table, ThreadPool& pool);
  /// f16 elements of `runs`: the index of their code.
  void look_up(const Runs& runs, const std::vector<std::uint8_t>& by_code, ThreadPool& pool);
  /// f(block, first element, count, indices to fill) over the elements of `runs`, in parallel, for
  /// blocks 0 to blocks_of(runs).
  template <class F>
  void fill(const Runs& runs, ThreadPool& pool, F&& f);
  static std::int64_t blocks_of(const Runs& runs) {
    return runs.length == 0 ? 0 : runs.count * ((runs.length + kBlock - 1) / kBlock);
  }
  /// The packed indices; after the last part.
  std::shared_ptr<ir::OwnedBuffer> finish(ThreadPool& pool);

 private:
  static constexpr std::int64_t kBlock = 8192;  // a multiple of 8: packed blocks are whole bytes

  const Values& w_;
  int bits_;
  std::shared_ptr<ir::OwnedBuffer> packed_;
  std::vector<std::uint8_t> loose_;
};

template <class F>
void IndexWriter::fill(const Runs& runs, ThreadPool& pool, F&& f) {
  if (runs.total() == 0) return;
  const PaletteKernels& loops = kernels().palette;
  const std::int64_t blocks = (runs.length + kBlock - 1) / kBlock;
  const auto grain = std::max<std::int64_t>(
      1, (std::int64_t{1} << 17) / std::min<std::int64_t>(runs.length, kBlock));
  pool.parallel_for(runs.count * blocks, grain, [&](std::int64_t begin, std::int64_t end) {
    std::array<std::uint8_t, kBlock> block;
    for (std::int64_t b = begin; b < end; ++b) {
      const std::int64_t offset = b % blocks * kBlock;
      const std::int64_t at = runs.first + b / blocks * runs.stride + offset;
      const std::int64_t n = std::min(kBlock, runs.length - offset);
      std::uint8_t* to =
          loose_.empty() ? block.data() : loose_.data() + static_cast<std::size_t>(at);
      f(b, at, n, to);
      if (loose_.empty())
        loops.pack(to, n, bits_,
                   reinterpret_cast<std::uint8_t*>(packed_->mutable_bytes()) + at * bits_ / 8);
    }
  });
}

}  // namespace corecast::compress
