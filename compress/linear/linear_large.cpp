// Blocks too large for a tile: several passes over memory, in parts of fixed size, so that the
// result does not depend on the threads. The search sees a histogram: every bin is one element of
// the bin's mean value and total importance.
#include <algorithm>
#include <array>
#include <limits>

#include "compress/linear/linear_pass.h"

namespace corecast::compress {

namespace {

constexpr std::int64_t kPart = 1 << 16;
constexpr std::int64_t kBins = 1 << 15;
constexpr std::int64_t kHistograms = 8;

std::int64_t parts_of(std::int64_t n) { return (n + kPart - 1) / kPart; }

struct Bin {
  double weight = 0, moment = 0;
};

}  // namespace

LinearRange LinearPass::range_of(std::int64_t b, ThreadPool& pool) const {
  const std::int64_t n = layout_.size;
  std::vector<std::array<float, 2>> ends(static_cast<std::size_t>(parts_of(n)));
  pool.parallel_for(parts_of(n), 1, [&](std::int64_t begin, std::int64_t end) {
    LinearScratch s(kPart, weighted());
    for (std::int64_t p = begin; p < end; ++p) {
      LinearRange r;
      k_.range(gather(b, p * kPart, std::min(n, (p + 1) * kPart), s), r);
      ends[static_cast<std::size_t>(p)] = {r.lo[0], r.hi[0]};
    }
  });
  float lo = 0, hi = 0;
  for (const auto& e : ends) {
    lo = std::min(lo, e[0]);
    hi = std::max(hi, e[1]);
  }
  LinearRange all;
  std::fill_n(all.lo, kLanes, lo);
  std::fill_n(all.hi, kLanes, hi);
  return all;
}

double LinearPass::error_of(std::int64_t b, const LinearGrid& grid, ThreadPool& pool) const {
  const std::int64_t n = layout_.size;
  std::vector<double> errors(static_cast<std::size_t>(parts_of(n)));
  pool.parallel_for(parts_of(n), 1, [&](std::int64_t begin, std::int64_t end) {
    LinearScratch s(kPart, weighted());
    for (std::int64_t p = begin; p < end; ++p) {
      double lanes[kLanes];
      k_.quantize(gather(b, p * kPart, std::min(n, (p + 1) * kPart), s), levels_, grid, nullptr,
                  lanes);
      for (const double e : lanes) errors[static_cast<std::size_t>(p)] += e;
    }
  });
  double sum = 0;
  for (const double e : errors) sum += e;
  return sum;
}

LinearGrid LinearPass::search_large(std::int64_t b, const LinearRange& range,
                                    const LinearGrid& start, ThreadPool& pool) const {
  const std::int64_t n = layout_.size, parts = parts_of(n);
  const auto lo = static_cast<double>(range.lo[0]), hi = static_cast<double>(range.hi[0]);
  const double per_bin = static_cast<double>(kBins - 1) / (hi - lo);
  std::vector<std::vector<Bin>> histograms(kHistograms);
  pool.parallel_for(kHistograms, 1, [&](std::int64_t begin, std::int64_t end) {
    LinearScratch s(kPart, weighted());
    for (std::int64_t h = begin; h < end; ++h) {
      auto& bins = histograms[static_cast<std::size_t>(h)];
      bins.resize(kBins);
      for (std::int64_t p = h * parts / kHistograms; p < (h + 1) * parts / kHistograms; ++p) {
        const std::int64_t first = p * kPart, last = std::min(n, first + kPart);
        const LinearTile tile = gather(b, first, last, s);
        for (std::int64_t i = 0; i < last - first; ++i) {
          const double g = tile.importance ? static_cast<double>(tile.importance[i]) : 1.0;
          if (!(g > 0)) continue;
          const auto x = static_cast<double>(tile.x[i]);
          Bin& bin = bins[static_cast<std::size_t>((x - lo) * per_bin)];
          bin.weight += g;
          bin.moment += g * x;
        }
      }
    }
  });
  double heaviest = 0;
  auto& bins = histograms[0];
  for (std::size_t i = 0; i < kBins; ++i) {
    for (std::size_t h = 1; h < kHistograms; ++h) {
      bins[i].weight += histograms[h][i].weight;
      bins[i].moment += histograms[h][i].moment;
    }
    heaviest = std::max(heaviest, bins[i].weight);
  }
  Scratch<float> x(kBins), g(kBins);
  for (std::size_t i = 0; i < kBins; ++i) {
    const Bin& bin = bins[i];
    x.data()[i] = bin.weight > 0 ? static_cast<float>(bin.moment / bin.weight) : 0;
    g.data()[i] = static_cast<float>(bin.weight / heaviest);
  }
  LinearGrid grid = start;
  search({x.data(), g.data(), kBins / kLanes, true}, grid);
  return grid;
}

double LinearPass::large_block(std::int64_t b, ThreadPool& pool) {
  const LinearRange range = range_of(b, pool);
  LinearGrid grid;
  k_.span_range(levels_, range, grid);
  if (spec_.search != ScaleSearch::abs_max && range.lo[0] < range.hi[0]) {
    const LinearGrid found = search_large(b, range, grid, pool);
    // The histogram is not exact: the whole block decides.
    if (spec_.search == ScaleSearch::hqq || error_of(b, found, pool) < error_of(b, grid, pool))
      grid = found;
  }
  keep(b, 1, grid);
  const std::int64_t n = layout_.size;
  std::vector<double> errors(static_cast<std::size_t>(parts_of(n)));
  pool.parallel_for(parts_of(n), 1, [&](std::int64_t begin, std::int64_t end) {
    LinearScratch s(kPart, weighted());
    for (std::int64_t p = begin; p < end; ++p) {
      const std::int64_t first = p * kPart, last = std::min(n, first + kPart);
      double lanes[kLanes];
      k_.quantize(gather(b, first, last, s), levels_, grid, s.codes.data(), lanes);
      scatter(b, first, last, s.codes.data());
      for (const double e : lanes) errors[static_cast<std::size_t>(p)] += e;
    }
  });
  double sum = 0;
  for (const double e : errors) sum += e;
  return sum;
}

}  // namespace corecast::compress
