// The parts of palettize_scaled: blocks of a weight, the best scale of one, the best table for
// some.
#pragma once

#include <array>
#include <cmath>
#include <limits>

#include "compress/palette/palette_assign.h"
#include "compress/palette/scaled_palette.h"

namespace corecast::compress {

/// The blocks of a tensor: where each begins, and its elements from there.
class Blocks {
 public:
  Blocks(const std::vector<std::int64_t>& dims, const std::vector<std::int64_t>& block) {
    CC_CHECK(dims.size() == block.size(), "a block of the weight's rank");
    offsets_.assign(1, 0);
    strides_.resize(dims.size());
    std::int64_t stride = 1;
    for (std::size_t d = dims.size(); d-- > 0;) {
      CC_CHECK(block[d] > 0 && dims[d] % block[d] == 0, "the block divides the weight");
      std::vector<std::int64_t> wider;
      for (std::int64_t i = 0; i < block[d]; ++i)
        for (const std::int64_t o : offsets_) wider.push_back(o + i * stride);
      offsets_ = std::move(wider);
      strides_[d] = stride * block[d];
      stride *= dims[d];
    }
    for (std::size_t d = 0; d < dims.size(); ++d) {
      counts_.push_back(dims[d] / block[d]);
      total_ *= counts_.back();
    }
  }

  std::int64_t total() const { return total_; }
  const std::vector<std::int64_t>& counts() const { return counts_; }
  const std::vector<std::int64_t>& offsets() const { return offsets_; }
  std::int64_t elements() const { return static_cast<std::int64_t>(offsets_.size()); }
  /// The first element of block b (row-major), and its block coordinate along `axis`.
  std::int64_t origin(std::int64_t b, std::size_t axis, std::int64_t& along) const {
    std::int64_t at = 0;
    for (std::size_t d = counts_.size(); d-- > 0;) {
      const std::int64_t i = b % counts_[d];
      b /= counts_[d];
      at += i * strides_[d];
      if (d == axis) along = i;
    }
    return at;
  }

 private:
  std::vector<std::int64_t> counts_, strides_, offsets_;
  std::int64_t total_ = 1;
};

struct Problem {
  const Values& w;
  const Importance& importance;
  const Blocks& blocks;
  const ScaledPaletteSpec& spec;
  ThreadPool& pool;

  float rounded(double x) const {
    return w.is_half() ? ir::to_float(ir::to_half(x)) : static_cast<float>(x);
  }
  /// Not zero, normal and finite in the weight's dtype.
  float as_scale(double s) const {
    const double least = w.is_half() ? 0x1p-14 : double{std::numeric_limits<float>::min()};
    const double most = w.is_half() ? 65504.0 : double{std::numeric_limits<float>::max()};
    return rounded(std::clamp(s, least, most));
  }
};

/// One block's elements, what they count, and room for their indices.
struct Block {
  std::vector<float> values, weights, scaled;  // weights: empty if all are 1
  std::vector<std::uint8_t> indices;
  double squares = 0, weight = 0;
  float largest = 0;
  bool counts = true;  // false: no element has importance; all then count as 1

  void read(const Problem& p, std::int64_t origin) {
    const std::size_t n = p.blocks.offsets().size();
    values.resize(n);
    scaled.resize(n);
    indices.resize(n);
    weights.clear();
    counts = true;
    squares = weight = 0;
    largest = 0;
    for (std::size_t i = 0; i < n; ++i) {
      values[i] = p.w[origin + p.blocks.offsets()[i]];
      largest = std::max(largest, std::abs(values[i]));
    }
    if (!p.importance.empty()) {
      weights.resize(n);
      for (std::size_t i = 0; i < n; ++i) {
        weights[i] = static_cast<float>(p.importance.of(origin + p.blocks.offsets()[i]));
        weight += double{weights[i]};
      }
      counts = weight > 0;
      if (!counts) weights.clear();
    }
    for (std::size_t i = 0; i < n; ++i)
      squares += weight_of(i) * double{values[i]} * double{values[i]};
    CC_CHECK(std::isfinite(squares), "finite weights");
    if (weights.empty()) weight = static_cast<double>(n);
  }
  double weight_of(std::size_t i) const { return weights.empty() ? 1.0 : double{weights[i]}; }
};

/// The entries of a table under construction, and what is needed to try scales for it.
struct Entries {
  PaletteTable table;
  std::array<float, 256> padded{};
  double largest = 0, root_mean_square = 0;

  /// `usage`: weighted mean of the squares of the used entries.
  Entries(PaletteTable t, double usage) : table(std::move(t)), root_mean_square(std::sqrt(usage)) {
    std::copy(table.entries().begin(), table.entries().end(), padded.begin());
    for (const float e : table.entries()) largest = std::max(largest, std::abs(double{e}));
  }
};

struct Choice {
  double scale = 1, error = 0;
};

/// The best of scales around those that bring the block's largest element, or its mean square, to
/// the table's.
Choice best_scale(const Block& block, const Entries& entries);

/// The table for which the blocks that begin at `origins`, each with its best scale, come out best.
/// Precondition: at least one.
Entries fit_table(const Problem& problem, std::vector<std::int64_t> origins);

}  // namespace corecast::compress
