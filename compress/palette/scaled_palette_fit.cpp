#include "compress/palette/scaled_palette_fit.h"

#include <algorithm>
#include <optional>

namespace corecast::compress {

namespace {

constexpr int kMostRounds = 20;
constexpr double kLeastGain = 1e-4;
constexpr int kBins = 8192;

/// The least squares scale for the indices that `scale` leads to, and its error.
Choice mend(const Block& b, const Entries& e, double scale) {
  double sums[2];
  kernels().palette.scaled_sums(b.values.data(), b.weights.empty() ? nullptr : b.weights.data(),
                                static_cast<std::int64_t>(b.values.size()),
                                static_cast<float>(1 / scale), e.table.float_limits(),
                                e.padded.data(), e.table.bits(), sums);
  if (!(sums[0] > 0)) return {scale, b.squares};
  return {sums[0] / sums[1], std::max(0.0, b.squares - sums[0] * sums[0] / sums[1])};
}

}  // namespace

Choice best_scale(const Block& b, const Entries& e) {
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

namespace {

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
    solver_.solve(points_, 1 << p_.spec.bits);
    double usage = 0, total = 0;
    std::size_t from = 0;
    for (std::size_t r = 0; r < solver_.ends().size(); ++r) {
      for (; from < static_cast<std::size_t>(solver_.ends()[r]); ++from) {
        usage += points_.weights[from] * solver_.centers()[r] * solver_.centers()[r];
        total += points_.weights[from];
      }
    }
    // Scales may stretch it at will; entries of about 1 lose nothing to denormals.
    return {PaletteTable(solver_.centers(), p_.w.is_half(), p_.spec.bits),
            usage > 0 ? usage / total : 1};
  }

  const Problem& p_;
  std::vector<std::int64_t> origins_;
  std::vector<float> normal_, weights_;
  std::vector<double> errors_;
  Points1d points_;
  Kmeans1d solver_;
};

}  // namespace

Entries fit_table(const Problem& problem, std::vector<std::int64_t> origins) {
  return TableFit(problem, std::move(origins)).run();
}

}  // namespace corecast::compress
