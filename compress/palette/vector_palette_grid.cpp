#include "compress/palette/vector_palette_grid.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace corecast::compress {

/// Entries that may be nearest somewhere, coordinates beside each other for the compiler's vectors.
struct Candidates {
  int n = 0;
  float x[256], y[256];
  std::uint8_t entry[256];
};

namespace {

constexpr int kBins = 1024;  // of a coordinate; the outer two lie beyond the sample
constexpr int kMaxSide = 512;
constexpr int kParts = 4;  // of a side, for the threads
constexpr int kGroup = 4;  // candidates looked at together
constexpr std::size_t kMostListed = (std::size_t{1} << 22) / (kParts * kParts) - 256;  // of a part
constexpr std::uint32_t kCountBits = 10, kCountMask = (1u << kCountBits) - 1;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

struct Box {
  float x0, x1, y0, y1;
};

/// Those of `from` that may be nearest to a point of the box, in order. The entry nearest to the
/// centre dominates another if it is nearer at all four corners, for the difference of the squared
/// distances is linear; the allowance is far above the rounding of any of this.
void narrow(const Box& box, const Candidates& from, Candidates& out) {
  const float cx = 0.5f * (box.x0 + box.x1), cy = 0.5f * (box.y0 + box.y1);
  const float hx = 0.5f * (box.x1 - box.x0), hy = 0.5f * (box.y1 - box.y0);
  float distance[256];
  for (int i = 0; i < from.n; ++i) {
    const float dx = cx - from.x[i], dy = cy - from.y[i];
    distance[i] = dx * dx + dy * dy;
  }
  int winner = 0;
  for (int i = 1; i < from.n; ++i) winner = distance[i] < distance[winner] ? i : winner;
  const float wx = from.x[winner], wy = from.y[winner], nearest = distance[winner];
  const float qx = cx - wx, qy = cy - wy;
  const float allowance = 1e-5f * (nearest + hx * hx + hy * hy);
  float excess[256];
  for (int i = 0; i < from.n; ++i) {
    const float ux = from.x[i] - wx, uy = from.y[i] - wy;
    const float reach = qx * ux + qy * uy + hx * std::fabs(ux) + hy * std::fabs(uy);
    const float apart = ux * ux + uy * uy;
    // Of equal entries the first is the nearest.
    excess[i] = apart > 0 || i == winner ? apart * (1 - 1e-5f) - 2 * reach : INFINITY;
  }
  out.n = 0;
  for (int i = 0; i < from.n; ++i) {
    out.x[out.n] = from.x[i];
    out.y[out.n] = from.y[i];
    out.entry[out.n] = from.entry[i];
    out.n += excess[i] <= allowance;
  }
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
    ++weight[static_cast<std::size_t>(bin + 0.5f)];
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

GridLines::GridLines(const VectorBlock& sample, int side) : side_(side) {
  CC_CHECK(side >= kParts && side <= kMaxSide && std::has_single_bit(static_cast<unsigned>(side)),
           "halves are halved down to cells");
  axes_[0] = axis_of(sample.x, sample.n, side_);
  axes_[1] = axis_of(sample.x + sample.stride, sample.n, side_);
}

void GridLines::cells(const VectorBlock& b, std::uint32_t* cell) const {
  std::int32_t bx[kVectorBlock], by[kVectorBlock];
  const VectorKernels& loops = kernels().vector;
  loops.bins(b.x, b.n, axes_[0].lo, axes_[0].scale, kBins - 1, bx);
  loops.bins(b.x + b.stride, b.n, axes_[1].lo, axes_[1].scale, kBins - 1, by);
  const auto side = static_cast<std::uint32_t>(side_);
  const std::uint16_t *rows = axes_[0].line.data(), *columns = axes_[1].line.data();
  for (std::int64_t i = 0; i < b.n; ++i) cell[i] = rows[bx[i]] * side + columns[by[i]];
}

KeptVectors summary_of(const VectorData& data, const GridLines& lines, ThreadPool& pool) {
  struct Cell {
    double x = 0, y = 0, w = 0;
  };
  const std::size_t cells = at(lines.side()) * at(lines.side());
  // Few parts, for each has all cells; fixed by the number of vectors alone.
  const std::int64_t parts = std::clamp<std::int64_t>(data.count() >> 17, 1, 8);
  std::vector<std::vector<Cell>> sums(at(parts));
  pool.parallel_for(parts, 1, [&](std::int64_t begin, std::int64_t end) {
    VectorScratch scratch;
    std::uint32_t cell[kVectorBlock];
    for (std::int64_t p = begin; p < end; ++p) {
      std::vector<Cell>& sum = sums[at(p)];
      sum.resize(cells);
      const std::int64_t stop = data.count() * (p + 1) / parts;
      for (std::int64_t t = data.count() * p / parts; t < stop; t += kVectorBlock) {
        const VectorBlock b = data.block(t, std::min(stop, t + kVectorBlock), scratch);
        lines.cells(b, cell);
        for (std::int64_t i = 0; i < b.n; ++i) {
          const double w = b.w ? static_cast<double>(b.w[i]) : 1;
          Cell& to = sum[cell[i]];
          to.x += w * static_cast<double>(b.x[i]);
          to.y += w * static_cast<double>(b.x[b.stride + i]);
          to.w += w;
        }
      }
    }
  });
  std::vector<float> x, y, w;
  for (std::size_t c = 0; c < cells; ++c) {
    Cell all;
    for (const std::vector<Cell>& sum : sums)
      all.x += sum[c].x, all.y += sum[c].y, all.w += sum[c].w;
    if (!(all.w > 0)) continue;
    x.push_back(static_cast<float>(all.x / all.w));
    y.push_back(static_cast<float>(all.y / all.w));
    w.push_back(static_cast<float>(all.w));
  }
  return KeptVectors(x, y, w);
}

/// A part of the grid: cells [row, row + size) x [column, column + size).
struct EntryGrid::Part {
  int row = 0, column = 0;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> cells;  // where, and what with lists from 0
  std::vector<std::uint8_t> lists;
};

EntryGrid::EntryGrid(const GridLines& lines, const std::vector<float>& entries, ThreadPool& pool)
    : lines_(lines), entries_(entries), cells_(at(lines.side()) * at(lines.side())) {
  const int size = lines.side() / kParts;
  std::vector<Part> parts(kParts * kParts);
  pool.parallel_for(kParts * kParts, 1, [&](std::int64_t begin, std::int64_t end) {
    Candidates all;
    all.n = static_cast<int>(entries.size() / 2);
    for (int e = 0; e < all.n; ++e) {
      all.x[e] = entries[at(2 * e)];
      all.y[e] = entries[at(2 * e + 1)];
      all.entry[e] = static_cast<std::uint8_t>(e);
    }
    for (std::int64_t p = begin; p < end; ++p) {
      Part& part = parts[at(p)];
      part.row = static_cast<int>(p) / kParts * size;
      part.column = static_cast<int>(p) % kParts * size;
      fill(part.row, part.column, size, all, part);
    }
  });
  // The outer cells' candidates, all of them, come first.
  const auto k = static_cast<std::uint32_t>(entries.size() / 2);
  lists_.resize(k);
  std::iota(lists_.begin(), lists_.end(), std::uint8_t{0});
  std::fill(cells_.begin(), cells_.end(), k);
  for (const Part& part : parts) {
    const auto base = static_cast<std::uint32_t>(lists_.size()) << kCountBits;
    for (const auto& [where, what] : part.cells)
      cells_[where] = (what & kCountMask) == 1 ? what : what + base;
    lists_.insert(lists_.end(), part.lists.begin(), part.lists.end());
  }
}

/// Halves the region until it is a cell; each half inherits fewer candidates.
void EntryGrid::fill(int row, int column, int size, const Candidates& from, Part& part) const {
  const GridLines::Axis &ax = lines_.axis(0), &ay = lines_.axis(1);
  Box box{INFINITY, -INFINITY, INFINITY, -INFINITY};
  for (int i = 0; i < size; ++i) {
    box.x0 = std::min(box.x0, ax.begin[at(row + i)]);
    box.x1 = std::max(box.x1, ax.end[at(row + i)]);
    box.y0 = std::min(box.y0, ay.begin[at(column + i)]);
    box.y1 = std::max(box.y1, ay.end[at(column + i)]);
  }
  if (!(box.x0 <= box.x1 && box.y0 <= box.y1)) return;  // no bin leads here
  Candidates near;
  narrow(box, from, near);
  if (size > 1) {
    const int half = size / 2;
    for (const int r : {0, half})
      for (const int c : {0, half}) fill(row + r, column + c, half, near, part);
    return;
  }
  const int side = lines_.side();
  if (row == 0 || column == 0 || row == side - 1 || column == side - 1) return;
  // Lists are filled up to whole groups with the first candidate.
  const bool single = near.n == 1;
  const int count = single ? 1 : (near.n + kGroup - 1) / kGroup * kGroup;
  if (!single && part.lists.size() + at(count) > kMostListed) return;  // left with all of them
  const std::size_t to = single ? near.entry[0] : part.lists.size();
  part.cells.emplace_back(
      static_cast<std::uint32_t>(row * side + column),
      (static_cast<std::uint32_t>(to) << kCountBits) | static_cast<std::uint32_t>(count));
  if (single) return;
  part.lists.insert(part.lists.end(), near.entry, near.entry + near.n);
  part.lists.insert(part.lists.end(), at(count - near.n), near.entry[0]);
}

void EntryGrid::assign(const VectorBlock& b, std::uint8_t* index, float* distance) const {
  std::uint32_t cell[kVectorBlock];
  std::uint16_t open[kVectorBlock];  // vectors with several candidates
  lines_.cells(b, cell);
  std::size_t many = 0;
  for (std::int64_t i = 0; i < b.n; ++i) {
    cell[i] = cells_[cell[i]];
    index[i] = static_cast<std::uint8_t>(cell[i] >> kCountBits);
    open[many] = static_cast<std::uint16_t>(i);
    many += (cell[i] & kCountMask) != 1;
  }
  const float *xs = b.x, *ys = b.x + b.stride, *entries = entries_.data();
  for (std::size_t o = 0; o < many; ++o) {
    const std::size_t i = open[o];
    const std::uint8_t* list = lists_.data() + (cell[i] >> kCountBits);
    const std::uint8_t* end = list + (cell[i] & kCountMask);
    const float x = xs[i], y = ys[i];
    std::uint32_t best = list[0];
    float nearest = INFINITY;
    for (; list != end; list += kGroup) {
      for (int c = 0; c < kGroup; ++c) {
        const float dx = x - entries[2 * list[c]], dy = y - entries[2 * list[c] + 1];
        const float d = dx * dx + dy * dy;
        best = d < nearest ? list[c] : best;
        nearest = d < nearest ? d : nearest;
      }
    }
    index[i] = static_cast<std::uint8_t>(best);
  }
  for (std::int64_t i = 0; i < b.n; ++i) {
    const float dx = xs[i] - entries[2 * index[i]], dy = ys[i] - entries[2 * index[i] + 1];
    distance[i] = dx * dx + dy * dy;
  }
}

}  // namespace corecast::compress
