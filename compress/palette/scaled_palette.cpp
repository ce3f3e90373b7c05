#include "compress/palette/scaled_palette.h"

#include <algorithm>
#include <optional>

#include "compress/palette/scaled_palette_fit.h"

namespace corecast::compress {

namespace {

constexpr std::int64_t kSample = 4096;  // elements for each entry that a table is fitted to

/// Sum of weight * (value - the entry times the scale, rounded as the op does)^2.
double error_of(const Problem& p, const Block& b, const float* entries, float scale) {
  double error = 0;
  if (!b.counts) return error;
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
  const std::int64_t step =
      std::max<std::int64_t>(1, per_group * p.blocks.elements() /
                                    (kSample * (std::int64_t{1} << std::min(p.spec.bits, 6))));
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
      tables[at] = fit_table(p, std::move(origins[at]));
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
    kernels().palette.assign_float(b.scaled.data(), static_cast<std::int64_t>(b.scaled.size()),
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
    kernels().palette.pack(indices.data() + from, to - from, p.spec.bits,
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
  out.palette = *palettize(scaled, view, {p.spec.bits, p.spec.group, PaletteMode::kmeans},
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

ScaledPalette palettize_scaled(const Values& w, const std::vector<std::int64_t>& dims,
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
