#include "compress/vector_palette_grid.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace corecast::compress {

namespace {

constexpr int kBins = 1024;  // of a coordinate; the outer two lie beyond the sample
constexpr int kCoarse = 16;  // cells of a coarse cell's side
constexpr int kMaxSide = 256;
constexpr std::uint32_t kCountBits = 9;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

struct Box {
  float x0, x1, y0, y1;
};

/// Keeps in `out` those of `from` that may be nearest to a point of the box, in order. The entry
/// nearest to the centre dominates another if it is nearer at all four corners, for the difference
/// of the squared distances is linear; the allowance is far above the rounding of any of this.
int candidates(const Box& box, const float* entries, const std::uint8_t* from, int n,
               std::uint8_t* out) {
  const float cx = 0.5f * (box.x0 + box.x1), cy = 0.5f * (box.y0 + box.y1);
  const float hx = 0.5f * (box.x1 - box.x0), hy = 0.5f * (box.y1 - box.y0);
  float nearest = INFINITY;
  const float* winner = entries;
  for (int i = 0; i < n; ++i) {
    const float* e = entries + 2 * from[i];
    const float dx = cx - e[0], dy = cy - e[1];
    const float d = dx * dx + dy * dy;
    if (d < nearest) nearest = d, winner = e;
  }
  const float qx = cx - winner[0], qy = cy - winner[1];
  const float allowance = 1e-5f * (nearest + hx * hx + hy * hy);
  int kept = 0;
  for (int i = 0; i < n; ++i) {
    const float* e = entries + 2 * from[i];
    const float ux = e[0] - winner[0], uy = e[1] - winner[1];
    const float apart = ux * ux + uy * uy;
    const float reach = qx * ux + qy * uy + hx * std::fabs(ux) + hy * std::fabs(uy);
    out[kept] = from[i];
    kept += apart * (1 - 1e-5f) - 2 * reach <= allowance;
  }
  return kept;
}

GridLines::Axis axis_of(const float* x, std::int64_t n, int side) {
  GridLines::Axis a;
  const auto [lo, hi] = std::minmax_element(x, x + n);
  const float width = (*hi - *lo) / (kBins - 3);
  // Where the range is a point (or beyond floats) every vector is sent to the outer cells.
  const bool usable = width > 0 && std::isfinite(width) && std::isfinite(1 / width);
  a.scale = usable ? 1 / width : 0;
  a.lo = usable ? *lo - width : *lo;
  std::vector<double> weight(kBins);
  for (std::int64_t i = 0; i < n; ++i) {
    const float bin = std::clamp((x[i] - a.lo) * a.scale, 0.0f, float{kBins - 1});
    ++weight[at(std::lround(bin))];
  }
  // The best tables are about as dense as the root of the density.
  double total = 0;
  for (int b = 1; b < kBins - 1; ++b) total += weight[at(b)] = std::sqrt(weight[at(b)] + 1);
  a.line.resize(kBins);
  a.begin.assign(at(side), INFINITY);
  a.end.assign(at(side), -INFINITY);
  const float slack = width * 1e-2f + 1e-6f * std::max(std::fabs(*lo), std::fabs(*hi));
  double before = 0;
  for (int b = 1; b < kBins - 1; ++b) {
    const int line = 1 + std::min(side - 3, static_cast<int>(before / total * (side - 2)));
    before += weight[at(b)];
    a.line[at(b)] = static_cast<std::uint16_t>(line);
    const float middle = a.lo + static_cast<float>(b) * width;
    a.begin[at(line)] = std::min(a.begin[at(line)], middle - width * 0.5f - slack);
    a.end[at(line)] = std::max(a.end[at(line)], middle + width * 0.5f + slack);
  }
  a.line.front() = 0;
  a.line.back() = static_cast<std::uint16_t>(side - 1);
  return a;
}

}  // namespace

GridLines::GridLines(const VectorBlock& sample, std::int64_t cells) {
  const auto wanted = static_cast<int>(std::sqrt(static_cast<double>(cells)));
  side_ = std::clamp(wanted / kCoarse * kCoarse, 2 * kCoarse, kMaxSide);
  axes_[0] = axis_of(sample.x, sample.n, side_);
  axes_[1] = axis_of(sample.x + sample.stride, sample.n, side_);
}

float GridLines::last_bin() const { return kBins - 1; }

struct EntryGrid::Strip {
  std::vector<std::uint32_t> cells;  // [kCoarse, side]
  std::vector<std::uint8_t> lists;
};

EntryGrid::EntryGrid(const GridLines& lines, const std::vector<float>& entries, ThreadPool& pool)
    : lines_(lines), entries_(entries) {
  const std::int64_t strips = lines.side() / kCoarse;
  std::vector<Strip> parts(at(strips));
  pool.parallel_for(strips, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t s = begin; s < end; ++s) fill(static_cast<int>(s), parts[at(s)]);
  });
  // The outer cells' candidates, all of them, come first.
  const auto k = static_cast<std::uint32_t>(entries.size() / 2);
  lists_.resize(k);
  std::iota(lists_.begin(), lists_.end(), std::uint8_t{0});
  cells_.reserve(at(lines.side()) * at(lines.side()));
  for (const Strip& part : parts) {
    const auto base = static_cast<std::uint32_t>(lists_.size()) << kCountBits;
    for (const std::uint32_t cell : part.cells) {
      const std::uint32_t count = cell & ((1u << kCountBits) - 1);
      cells_.push_back(count == 0 ? k : count == 1 ? cell : cell + base);
    }
    lists_.insert(lists_.end(), part.lists.begin(), part.lists.end());
  }
}

/// A count of 0 stands for all entries, which lie at 0.
void EntryGrid::fill(int coarse, Strip& strip) const {
  const GridLines::Axis &ax = lines_.axis(0), &ay = lines_.axis(1);
  const int side = lines_.side(), k = static_cast<int>(entries_.size() / 2);
  strip.cells.assign(at(kCoarse) * at(side), 0);
  std::uint8_t every[256], some[256], few[256];
  std::iota(every, every + k, std::uint8_t{0});
  for (int column = 0; column < side; column += kCoarse) {
    Box around{INFINITY, -INFINITY, INFINITY, -INFINITY};
    for (int i = 0; i < kCoarse; ++i) {
      around.x0 = std::min(around.x0, ax.begin[at(coarse * kCoarse + i)]);
      around.x1 = std::max(around.x1, ax.end[at(coarse * kCoarse + i)]);
      around.y0 = std::min(around.y0, ay.begin[at(column + i)]);
      around.y1 = std::max(around.y1, ay.end[at(column + i)]);
    }
    if (!(around.x0 <= around.x1 && around.y0 <= around.y1)) continue;  // no bin leads here
    const int near = candidates(around, entries_.data(), every, k, some);
    for (int r = 0; r < kCoarse; ++r) {
      for (int c = 0; c < kCoarse; ++c) {
        const std::size_t x = at(coarse * kCoarse + r), y = at(column + c);
        if (!(ax.begin[x] <= ax.end[x] && ay.begin[y] <= ay.end[y])) continue;
        const Box cell{ax.begin[x], ax.end[x], ay.begin[y], ay.end[y]};
        const int n = candidates(cell, entries_.data(), some, near, few);
        const std::size_t to = n == 1 ? few[0] : strip.lists.size();
        strip.cells[at(r * side) + y] =
            (static_cast<std::uint32_t>(to) << kCountBits) | static_cast<std::uint32_t>(n);
        if (n > 1) strip.lists.insert(strip.lists.end(), few, few + n);
      }
    }
  }
}

void EntryGrid::assign(const VectorBlock& b, std::uint8_t* index, float* distance) const {
  std::int32_t bx[kVectorBlock], by[kVectorBlock];
  const GridLines::Axis &ax = lines_.axis(0), &ay = lines_.axis(1);
  const float *xs = b.x, *ys = b.x + b.stride;
  const VectorKernels& kernels = vector_kernels();
  kernels.bins(xs, b.n, ax.lo, ax.scale, lines_.last_bin(), bx);
  kernels.bins(ys, b.n, ay.lo, ay.scale, lines_.last_bin(), by);
  const std::size_t side = at(lines_.side());
  const float* entries = entries_.data();
  for (std::int64_t i = 0; i < b.n; ++i) {
    const std::uint32_t cell = cells_[ax.line[at(bx[i])] * side + ay.line[at(by[i])]];
    const std::uint32_t count = cell & ((1u << kCountBits) - 1), first = cell >> kCountBits;
    const float x = xs[i], y = ys[i];
    auto squared = [&](std::uint32_t e) {
      const float dx = x - entries[2 * e], dy = y - entries[2 * e + 1];
      return dx * dx + dy * dy;
    };
    if (count == 1) {
      index[i] = static_cast<std::uint8_t>(first);
      distance[i] = squared(first);
      continue;
    }
    const std::uint8_t* list = lists_.data() + first;
    std::uint8_t best = list[0];
    float nearest = squared(best);
    for (std::uint32_t c = 1; c < count; ++c) {
      const float d = squared(list[c]);
      if (d < nearest) nearest = d, best = list[c];
    }
    index[i] = best;
    distance[i] = nearest;
  }
}

}  // namespace corecast::compress
