#include "compress/linear/linear.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "compress/linear/linear_pass.h"

namespace corecast::compress {

namespace {

constexpr std::int64_t kShort = 256;           // shorter blocks lie side by side in a tile
constexpr std::int64_t kLarge = 1 << 18;       // elements of a block that are a tile of their own
constexpr std::int64_t kGrain = 1 << 16;       // elements that are worth a task
constexpr std::int64_t kColumns = 2 * kLanes;  // a cache line of f16
constexpr std::int64_t kTallest = kLarge / kLanes * 16;  // rows of a column that is read in one go

LinearLevels levels_of(const LinearSpec& spec, bool half) {
  const ir::DType d = spec.dtype;
  CC_CHECK(d == ir::DType::i8 || d == ir::DType::u8 || d == ir::DType::i4 || d == ir::DType::u4,
           "linear quantisation to i8, u8, i4 or u4");
  LinearLevels l;
  l.symmetric = spec.symmetric;
  l.half = half;
  l.lowest = static_cast<float>(ir::min_of(d));
  l.highest = static_cast<float>(ir::max_of(d));
  if (spec.symmetric) (ir::is_signed(d) ? l.lowest : l.highest) += ir::is_signed(d) ? 1.f : -1.f;
  l.middle = spec.symmetric && !ir::is_signed(d) ? l.highest / 2 : 0;
  return l;
}

std::int64_t whole_rows(std::int64_t n) { return (n + kLanes - 1) / kLanes * kLanes; }

}  // namespace

LinearPass::LinearPass(const Values& w, const std::vector<std::int64_t>& dims,
                       const LinearSpec& spec, const Importance& importance)
    : k_(kernels().linear),
      w_(w),
      spec_(spec),
      importance_(importance),
      layout_(BlockLayout::of(dims, spec.block)),
      levels_(levels_of(spec, w.is_half())),
      nibbles_(ir::bits_of(spec.dtype) == 4) {
  CC_CHECK(layout_.count == w.size(), "dims and values agree");
  const bool signless = spec.symmetric && ir::is_signed(spec.dtype);
  out_.data = packed_buffer(layout_.count, ir::bits_of(spec.dtype));
  out_.scale_dims = layout_.grid;
  out_.scales.assign(static_cast<std::size_t>(layout_.blocks), 1.f);
  if (!signless) out_.offsets.assign(out_.scales.size(), static_cast<std::int32_t>(levels_.middle));
  data_ = static_cast<std::uint8_t*>(static_cast<void*>(out_.data->mutable_bytes()));
}

void LinearPass::read(std::int64_t start, std::int64_t n, float* x) const {
  if (half()) {
    k_.widen(static_cast<const std::uint16_t*>(static_cast<const void*>(w_.halves())) + start, x,
             n);
  } else {
    std::memcpy(x, w_.floats() + start, static_cast<std::size_t>(n) * sizeof *x);
  }
}

void LinearPass::read_importance(std::int64_t start, std::int64_t n, float* g) const {
  const auto weights = static_cast<std::int64_t>(importance_.weights.size());
  const std::int64_t inner = importance_.inner;
  std::int64_t at = start / inner % weights, left = inner - start % inner;
  for (std::int64_t i = 0; i < n;) {
    if (inner == 1) {  // a stretch of the weights themselves
      const std::int64_t count = std::min(n - i, weights - at);
      std::memcpy(g + i, importance_.weights.data() + at,
                  static_cast<std::size_t>(count) * sizeof *g);
      i += count;
      at = 0;
      continue;
    }
    const std::int64_t count = std::min(n - i, left);
    std::fill_n(g + i, count, importance_.weights[static_cast<std::size_t>(at)]);
    i += count;
    left = inner;
    at = at + 1 == weights ? 0 : at + 1;
  }
}

LinearTile LinearPass::gather(std::int64_t b, std::int64_t begin, std::int64_t end,
                              LinearScratch& s) const {
  const std::int64_t n = end - begin, filled = whole_rows(n);
  float* x = s.x.data();
  float* g = weighted() ? s.g.data() : nullptr;
  for (std::int64_t at = begin; at < end;) {
    const BlockLayout::Run run = layout_.run(b, at);
    const std::int64_t count = std::min(run.count, end - at);
    read(run.start, count, x + (at - begin));
    if (g) read_importance(run.start, count, g + (at - begin));
    at += count;
  }
  std::fill(x + n, x + filled, 0.f);
  if (g) std::fill(g + n, g + filled, 0.f);
  return {x, g, filled / kLanes, true};
}

void LinearPass::scatter(std::int64_t b, std::int64_t begin, std::int64_t end,
                         const std::uint8_t* codes) {
  for (std::int64_t at = begin; at < end;) {
    const BlockLayout::Run run = layout_.run(b, at);
    const std::int64_t count = std::min(run.count, end - at);
    put(run.start, codes + (at - begin), count);
    at += count;
  }
}

void LinearPass::put(std::int64_t start, const std::uint8_t* codes, std::int64_t n) {
  if (n == 0) return;
  if (!nibbles_) {
    std::memcpy(data_ + start, codes, static_cast<std::size_t>(n));
    return;
  }
  // A byte at an edge may have its other half written by another thread.
  const auto merge = [&](std::int64_t i, std::uint8_t code) {
    const auto nibble = static_cast<std::uint8_t>((code & 15) << (i % 2 * 4));
    std::atomic_ref<std::uint8_t>(data_[i / 2]).fetch_or(nibble, std::memory_order_relaxed);
  };
  std::int64_t i = 0;
  if (start % 2 == 1) merge(start, codes[i++]);
  const std::int64_t pairs = (n - i) / 2;
  k_.pack_pairs(codes + i, pairs, data_ + (start + i) / 2);
  i += 2 * pairs;
  if (i < n) merge(start + i, codes[i]);
}

void LinearPass::keep(std::int64_t first_block, std::int64_t blocks, const LinearGrid& grid) {
  const auto first = static_cast<std::size_t>(first_block);
  const auto n = static_cast<std::size_t>(blocks);
  for (std::size_t j = 0; j < n; ++j) out_.scales[first + j] = grid.scale[j];
  if (out_.offsets.empty()) return;
  for (std::size_t j = 0; j < n; ++j)
    out_.offsets[first + j] = static_cast<std::int32_t>(grid.offset[j]);
}

void LinearPass::search(const LinearTile& tile, LinearGrid& grid) const {
  if (spec_.search == ScaleSearch::mse) k_.search_squared(tile, levels_, grid);
  if (spec_.search == ScaleSearch::hqq) k_.search_robust(tile, levels_, grid);
}

LinearGrid LinearPass::choose(const LinearTile& tile) const {
  LinearRange range;
  LinearGrid grid;
  k_.range(tile, range);
  k_.span_range(levels_, range, grid);
  search(tile, grid);
  return grid;
}

namespace {

double sum_of(const double* errors, std::int64_t n) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += errors[i];
  return sum;
}

}  // namespace

double LinearPass::short_blocks(std::int64_t first, LinearScratch& s) {
  const std::int64_t n = layout_.size, start = first * n;
  const auto lanes = static_cast<int>(std::min<std::int64_t>(kLanes, layout_.blocks - first));
  LinearTile tile{s.x.data(), nullptr, n, false};
  if (half()) {
    const auto* x = static_cast<const std::uint16_t*>(static_cast<const void*>(w_.halves()));
    k_.tile_of_half_rows(x + start, n, lanes, s.x.data());
  } else {
    k_.tile_of_rows(w_.floats() + start, n, lanes, s.x.data());
  }
  if (weighted()) {
    read_importance(start, lanes * n, s.lines.data());
    k_.tile_of_rows(s.lines.data(), n, lanes, s.g.data());
    tile.importance = s.g.data();
  }
  const LinearGrid grid = choose(tile);
  double errors[kLanes];
  k_.quantize(tile, levels_, grid, s.codes.data(), errors);
  k_.rows_of_codes(s.codes.data(), n, s.rows.data());
  put(start, s.rows.data(), lanes * n);
  keep(first, lanes, grid);
  return sum_of(errors, lanes);
}

double LinearPass::column_blocks(std::int64_t unit, LinearScratch& s) {
  const std::int64_t width = layout_.dims[1], groups = (width + kColumns - 1) / kColumns;
  const std::int64_t rows = layout_.size, column = unit % groups * kColumns;
  const std::int64_t columns = std::min(kColumns, width - column);
  const std::int64_t start = unit / groups * rows * width + column;
  // Tile t is x + t * rows * kLanes.
  float line[kColumns] = {};
  for (int pass = 0; pass < (weighted() ? 2 : 1); ++pass) {
    float* to = pass == 0 ? s.x.data() : s.g.data();
    for (std::int64_t r = 0; r < rows; ++r) {
      pass == 0 ? read(start + r * width, columns, line)
                : read_importance(start + r * width, columns, line);
      std::memcpy(to + r * kLanes, line, kLanes * sizeof(float));
      std::memcpy(to + (rows + r) * kLanes, line + kLanes, kLanes * sizeof(float));
    }
  }
  double error = 0;
  for (std::int64_t t = 0; t * kLanes < columns; ++t) {
    const std::int64_t at = t * rows * kLanes,
                       lanes = std::min<std::int64_t>(kLanes, columns - t * kLanes);
    const LinearTile tile{s.x.data() + at, weighted() ? s.g.data() + at : nullptr, rows, false};
    const LinearGrid grid = choose(tile);
    double errors[kLanes];
    k_.quantize(tile, levels_, grid, s.codes.data() + at, errors);
    keep(unit / groups * width + column + t * kLanes, lanes, grid);
    error += sum_of(errors, lanes);
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    std::uint8_t codes[kColumns];
    std::memcpy(codes, s.codes.data() + r * kLanes, kLanes);
    if (columns > kLanes) std::memcpy(codes + kLanes, s.codes.data() + (rows + r) * kLanes, kLanes);
    put(start + r * width, codes, columns);
  }
  return error;
}

double LinearPass::one_block(std::int64_t b, LinearScratch& s) {
  const LinearTile tile = gather(b, 0, layout_.size, s);
  const LinearGrid grid = choose(tile);
  double errors[kLanes];
  k_.quantize(tile, levels_, grid, s.codes.data(), errors);
  scatter(b, 0, layout_.size, s.codes.data());
  keep(b, 1, grid);
  return sum_of(errors, kLanes);
}

LinearQuantized LinearPass::run(ThreadPool& pool) {
  if (layout_.count == 0) return std::move(out_);
  const bool columns = layout_.columns() && layout_.size <= kTallest;
  const bool shorts = layout_.contiguous() && layout_.size < kShort;
  if (!columns && layout_.size > kLarge) {
    for (std::int64_t b = 0; b < layout_.blocks; ++b) out_.error += large_block(b, pool);
    return std::move(out_);
  }
  std::int64_t units = layout_.blocks, space = whole_rows(layout_.size);
  if (columns) {
    units = layout_.count / layout_.dims[1] / layout_.size *
            ((layout_.dims[1] + kColumns - 1) / kColumns);
    space = layout_.size * kColumns;
  } else if (shorts) {
    units = (layout_.blocks + kLanes - 1) / kLanes;
    space = layout_.size * kLanes;
  }
  std::vector<double> errors(static_cast<std::size_t>(units));
  pool.parallel_for(units, std::max<std::int64_t>(1, kGrain / space),
                    [&](std::int64_t begin, std::int64_t end) {
                      LinearScratch s(space, weighted());
                      for (std::int64_t u = begin; u < end; ++u)
                        errors[static_cast<std::size_t>(u)] = columns  ? column_blocks(u, s)
                                                              : shorts ? short_blocks(u * kLanes, s)
                                                                       : one_block(u, s);
                    });
  out_.error = sum_of(errors.data(), units);
  return std::move(out_);
}

LinearQuantized quantize_linear(const Values& w, const std::vector<std::int64_t>& dims,
                                const LinearSpec& spec, const Importance& importance,
                                ThreadPool& pool) {
  return LinearPass(w, dims, spec, importance).run(pool);
}

}  // namespace corecast::compress
