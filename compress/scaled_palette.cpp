#include "compress/scaled_palette.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "compress/palette_assign.h"

namespace corecast::compress {

namespace {

constexpr std::int64_t kSample = std::int64_t{1} << 18;  // elements that one table is fitted to
constexpr int kMostRounds = 20;
constexpr double kLeastGain = 1e-4;
constexpr int kBins = 8192;

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
  std::vector<std::uint8_t> indices, trial;
  double squares = 0, weight = 0;
  float largest = 0;

  void read(const Problem& p, std::int64_t origin) {
    const std::size_t n = p.blocks.offsets().size();
    values.resize(n);
    scaled.resize(n);
    indices.resize(n);
    trial.resize(n);
    weights.clear();
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
      if (weight == 0) weights.clear();
    }
    for (std::size_t i = 0; i < n; ++i)
      squares += weight_of(i) * double{values[i]} * double{values[i]};
    if (weights.empty()) weight = static_cast<double>(n);
  }
  double weight_of(std::size_t i) const { return weights.empty() ? 1.0 : double{weights[i]}; }
};

/// The entries of a table under construction, and what is needed to try scales for it.
struct Entries {
  PaletteTable table;
  double largest = 0, root_mean_square = 0;

  /// `usage`: weighted mean of the squares of the used entries.
  Entries(PaletteTable t, double usage) : table(std::move(t)), root_mean_square(std::sqrt(usage)) {
    for (const float e : table.entries()) largest = std::max(largest, std::abs(double{e}));
  }
};

struct Choice {
  double scale = 1, error = 0;
};

/// The least squares scale for the indices that `scale` leads to, and its error.
Choice mend(Block& b, const Entries& e, double scale) {
  const std::size_t n = b.values.size();
  const auto inverse = static_cast<float>(1 / scale);
  for (std::size_t i = 0; i < n; ++i) b.scaled[i] = b.values[i] * inverse;
  palette_kernels().assign_float(b.scaled.data(), static_cast<std::int64_t>(n),
                                 e.table.float_limits(), e.table.bits(), b.trial.data());
  const float* entries = e.table.entries().data();
  double with[4] = {}, own[4] = {};
  for (std::size_t i = 0; i < n; ++i) {
    const double entry = double{entries[b.trial[i]]}, weighted = b.weight_of(i) * entry;
    with[i % 4] += weighted * double{b.values[i]};
    own[i % 4] += weighted * entry;
  }
  const double product = (with[0] + with[1]) + (with[2] + with[3]);
  const double norm = (own[0] + own[1]) + (own[2] + own[3]);
  if (!(product > 0)) return {scale, b.squares};
  return {product / norm, std::max(0.0, b.squares - product * product / norm)};
}

/// The best of scales around those that bring the block's largest element, or its mean square, to
/// the table's.
Choice best_scale(Block& b, const Entries& e) {
  if (!(b.squares > 0)) return {1, 0};
  Choice best{1, std::numeric_limits<double>::infinity()};
  const auto attempt = [&](double scale) {
    const Choice c = mend(b, e, scale);
    if (c.error < best.error) best = c;
  };
  const double by_largest = double{b.largest} / e.largest;
  const double by_mean = std::sqrt(b.squares / b.weight) / e.root_mean_square;
  for (int i = -8; i <= 6; ++i) attempt(by_largest * std::exp2(i / 12.0));
  for (int i = -4; i <= 4; ++i) attempt(by_mean * std::exp2(i / 12.0));
  for (int i = 0; i < 3; ++i) attempt(best.scale);
  return best;
}

/// Fits one table to a sample of blocks.
class TableFit {
 public:
  TableFit(const Problem& p, std::vector<std::int64_t> origins)
      : p_(p), origins_(std::move(origins)) {
    const std::size_t n = p.blocks.offsets().size();
    normal_.resize(origins_.size() * n);
    weights_.resize(origins_.size() * n);
    errors_.resize(origins_.size());
  }

  Entries run() {
    double best = std::numeric_limits<double>::infinity();
    std::optional<Entries> result;
    for (const bool by_largest : {true, false}) {
      scale_all([&](Block& b) {
        return Choice{by_largest ? double{b.largest} : std::sqrt(b.squares / b.weight), 0};
      });
      Entries entries = table();
      double error = std::numeric_limits<double>::infinity();
      for (int round = 0; round < kMostRounds; ++round) {
        const double now = scale_all([&](Block& b) { return best_scale(b, entries); });
        if (now < best) {
          best = now;
          result = entries;
        }
        if (!(now < error * (1 - kLeastGain))) break;
        error = now;
        entries = table();
      }
    }
    return *result;
  }

 private:
  /// Chooses scales, and notes the elements divided by them. Returns the error.
  template <class F>
  double scale_all(F&& choose) {
    const std::size_t n = p_.blocks.offsets().size();
    const auto grain = std::max<std::int64_t>(1, 4096 / static_cast<std::int64_t>(n));
    p_.pool.parallel_for(
        static_cast<std::int64_t>(origins_.size()), grain,
        [&](std::int64_t begin, std::int64_t end) {
          Block b;
          for (std::int64_t o = begin; o < end; ++o) {
            const auto at = static_cast<std::size_t>(o);
            b.read(p_, origins_[at]);
            Choice c = choose(b);
            if (!(c.scale > 0)) c.scale = 1;
            errors_[at] = c.error;
            for (std::size_t i = 0; i < n; ++i) {
              normal_[at * n + i] = static_cast<float>(double{b.values[i]} / c.scale);
              weights_[at * n + i] = static_cast<float>(b.weight_of(i) * c.scale * c.scale);
            }
          }
        });
    double error = 0;
    for (const double e : errors_) error += e;
    return error;
  }

  /// The best table for the elements as they are scaled now.
  Entries table() {
    const auto [low, high] = std::minmax_element(normal_.begin(), normal_.end());
    const double first = double{*low}, range = double{*high} - first;
    points_.clear();
    if (!(range > 0)) {
      points_.add(first, 1);
    } else {
      const double width = range / kBins;
      std::vector<double> sums(kBins), weights(kBins);
      for (std::size_t i = 0; i < normal_.size(); ++i) {
        const auto bin = static_cast<std::size_t>(
            std::min((double{normal_[i]} - first) / width, double{kBins - 1}));
        weights[bin] += double{weights_[i]};
        sums[bin] += double{weights_[i]} * double{normal_[i]};
      }
      for (std::size_t b = 0; b < kBins; ++b)
        if (weights[b] > 0) points_.add(sums[b] / weights[b], weights[b]);
      if (points_.size() == 0) points_.add(0, 1);
    }
    solver_.solve(points_, 1 << p_.spec.bits, 0);
    double usage = 0, total = 0;
    std::size_t from = 0;
    for (std::size_t r = 0; r < solver_.ends().size(); ++r) {
      for (; from < static_cast<std::size_t>(solver_.ends()[r]); ++from) {
        usage += points_.weights[from] * solver_.centres()[r] * solver_.centres()[r];
        total += points_.weights[from];
      }
    }
    // Scales may stretch it at will; entries of about 1 lose nothing to denormals.
    return {PaletteTable(solver_.centres(), p_.w.is_half(), p_.spec.bits),
            usage > 0 ? usage / total : 1};
  }

  const Problem& p_;
  std::vector<std::int64_t> origins_;
  std::vector<float> normal_, weights_;
  std::vector<double> errors_;
  Points1d points_;
  Kmeans1d solver_;
};

/// Sum of weight * (value - the entry times the scale, rounded as the op does)^2.
double error_of(const Problem& p, const Block& b, const float* entries, float scale) {
  double error = 0;
  for (std::size_t i = 0; i < b.values.size(); ++i) {
    const float decoded = p.rounded(double{entries[b.indices[i]]} * double{scale});
    const double d = double{b.values[i]} - double{decoded};
    error += b.weight_of(i) * d * d;
  }
  return error;
}

/// f(block number, first element, group) over all blocks, in parallel.
template <class F>
void for_blocks(const Problem& p, std::int64_t groups, F&& f) {
  const auto axis = static_cast<std::size_t>(p.spec.axis);
  const auto grain =
      std::max<std::int64_t>(1, 4096 / std::max<std::int64_t>(1, p.blocks.elements()));
  p.pool.parallel_for(p.blocks.total(), grain, [&](std::int64_t begin, std::int64_t end) {
    Block b;
    for (std::int64_t i = begin; i < end; ++i) {
      std::int64_t along = 0;
      const std::int64_t origin = p.blocks.origin(i, axis, along);
      f(b, i, origin, groups == 1 ? 0 : along * p.spec.block[axis] / p.spec.group);
    }
  });
}

/// Tables first, from samples of each group's blocks; then every block's best scale.
void fit(const Problem& p, ScaledPalette& out) {
  const std::int64_t groups = out.palette.groups;
  const auto axis = static_cast<std::size_t>(p.spec.axis);
  CC_CHECK(groups == 1 || p.spec.group % p.spec.block[axis] == 0, "blocks within groups");
  const std::size_t size = std::size_t{1} << p.spec.bits;
  // Where the sampled blocks of each group begin: every step-th, of its blocks in order.
  const std::int64_t per_group = p.blocks.total() / groups;
  const std::int64_t step = std::max<std::int64_t>(1, per_group * p.blocks.elements() / kSample);
  std::vector<std::vector<std::int64_t>> origins(static_cast<std::size_t>(groups));
  std::vector<std::int64_t> seen(static_cast<std::size_t>(groups));
  for (std::int64_t b = 0; b < p.blocks.total(); ++b) {
    std::int64_t along = 0;
    const std::int64_t origin = p.blocks.origin(b, axis, along);
    const auto g =
        static_cast<std::size_t>(groups == 1 ? 0 : along * p.spec.block[axis] / p.spec.group);
    if (seen[g]++ % step == 0) origins[g].push_back(origin);
  }
  std::vector<std::optional<Entries>> tables(static_cast<std::size_t>(groups));
  p.pool.parallel_for(groups, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t g = begin; g < end; ++g) {
      const auto at = static_cast<std::size_t>(g);
      tables[at] = TableFit(p, std::move(origins[at])).run();
      const auto& entries = tables[at]->table.entries();
      std::copy(entries.begin(), entries.end(),
                out.palette.tables.begin() + static_cast<std::ptrdiff_t>(at * size));
    }
  });

  std::vector<std::uint8_t> indices(static_cast<std::size_t>(p.w.size()));
  std::vector<double> errors(static_cast<std::size_t>(p.blocks.total()));
  for_blocks(p, groups, [&](Block& b, std::int64_t i, std::int64_t origin, std::int64_t g) {
    const Entries& e = *tables[static_cast<std::size_t>(g)];
    b.read(p, origin);
    const bool zero = b.largest == 0;
    const float scale = zero ? 1.0f : p.as_scale(best_scale(b, e).scale);
    for (std::size_t k = 0; k < b.values.size(); ++k) b.scaled[k] = b.values[k] / scale;
    palette_kernels().assign_float(b.scaled.data(), static_cast<std::int64_t>(b.scaled.size()),
                                   e.table.float_limits(), p.spec.bits, b.indices.data());
    const auto at = static_cast<std::size_t>(i);
    out.scales[at] = scale;
    errors[at] = error_of(p, b, e.table.entries().data(), scale);
    for (std::size_t k = 0; k < b.indices.size(); ++k)
      indices[static_cast<std::size_t>(origin + p.blocks.offsets()[k])] = b.indices[k];
  });
  for (const double e : errors) out.palette.error += e;
  out.palette.indices = packed_buffer(p.w.size(), p.spec.bits);
  auto* packed = reinterpret_cast<std::uint8_t*>(out.palette.indices->mutable_bytes());
  constexpr std::int64_t part = 65536;
  p.pool.parallel_for((p.w.size() + part - 1) / part, 1, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t from = begin * part, to = std::min(end * part, p.w.size());
    palette_kernels().pack(indices.data() + from, to - from, p.spec.bits,
                           packed + from * p.spec.bits / 8);
  });
}

/// Scales by the largest element; the tables are the best ones for what they leave.
void by_largest(const Problem& p, const Axis& view, ScaledPalette& out) {
  const auto n = static_cast<std::size_t>(p.w.size());
  std::vector<ir::half> halves(p.w.is_half() ? n : 0);
  std::vector<float> floats(p.w.is_half() ? 0 : n), weights(n);
  for_blocks(p, 1, [&](Block& b, std::int64_t i, std::int64_t origin, std::int64_t) {
    b.read(p, origin);
    const float scale = b.largest == 0 ? 1.0f : p.as_scale(double{b.largest});
    out.scales[static_cast<std::size_t>(i)] = scale;
    for (std::size_t k = 0; k < b.values.size(); ++k) {
      const auto at = static_cast<std::size_t>(origin + p.blocks.offsets()[k]);
      if (p.w.is_half())
        halves[at] = ir::to_half(b.values[k] / scale);
      else
        floats[at] = b.values[k] / scale;
      weights[at] = static_cast<float>(p.importance.of(static_cast<std::int64_t>(at)) *
                                       double{scale} * double{scale});
    }
  });
  const Values scaled = p.w.is_half() ? Values(std::span<const ir::half>(halves))
                                      : Values(std::span<const float>(floats));
  out.palette = *palettise(scaled, view, {p.spec.bits, p.spec.group, PaletteMode::kmeans},
                           {weights, 1}, p.pool);
  out.palette.error = out.palette.bound = 0;

  const auto packed = out.palette.indices->bytes();
  const std::size_t size = std::size_t{1} << p.spec.bits;
  std::vector<double> errors(static_cast<std::size_t>(p.blocks.total()));
  for_blocks(p, 1, [&](Block&, std::int64_t i, std::int64_t origin, std::int64_t) {
    const auto number = static_cast<std::size_t>(i);
    for (const std::int64_t offset : p.blocks.offsets()) {
      const std::int64_t at = origin + offset, bit = at * p.spec.bits;
      const auto byte = static_cast<std::size_t>(bit / 8);
      unsigned two = static_cast<unsigned>(packed[byte]);
      if (byte + 1 < packed.size()) two |= static_cast<unsigned>(packed[byte + 1]) << 8;
      const std::size_t index = (two >> (bit % 8)) & (size - 1);
      const std::int64_t channel = at / view.inner % view.size;
      const auto group =
          static_cast<std::size_t>(out.palette.groups == 1 ? 0 : channel / p.spec.group);
      const float entry = out.palette.tables[group * size + index];
      const double d =
          double{p.w[at]} - double{p.rounded(double{entry} * double{out.scales[number]})};
      errors[number] += p.importance.of(at) * d * d;
    }
  });
  for (const double e : errors) out.palette.error += e;
}

}  // namespace

ScaledPalette palettise_scaled(const Values& w, const std::vector<std::int64_t>& dims,
                               const ScaledPaletteSpec& spec, const Importance& importance,
                               ThreadPool& pool) {
  const Axis view = Axis::of(dims, spec.axis);
  CC_CHECK(w.size() == view.count(), "the dims of this weight");
  CC_CHECK(spec.bits >= 1 && spec.bits <= 8 && spec.bits != 5 && spec.bits != 7, "bits of a table");
  CC_CHECK(spec.group == 0 || view.size % spec.group == 0, "the group divides the channels");
  const Blocks blocks(dims, spec.block);
  const Problem problem{w, importance, blocks, spec, pool};
  ScaledPalette out;
  out.scale_dims = blocks.counts();
  out.scales.assign(static_cast<std::size_t>(blocks.total()), 1.0f);
  out.palette.bits = spec.bits;
  out.palette.groups = spec.group == 0 || view.size == 0 ? 1 : view.size / spec.group;
  out.palette.tables.resize(static_cast<std::size_t>(out.palette.groups) << spec.bits);
  out.palette.indices = packed_buffer(w.size(), spec.bits);
  if (w.size() == 0) return out;
  if (spec.fit == ScaleFit::largest)
    by_largest(problem, view, out);
  else
    fit(problem, out);
  return out;
}

}  // namespace corecast::compress
