#include "compress/palette/vector_palette.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "compress/palette/vector_palette_seed.h"

namespace corecast::compress {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Vectors of the samples that tables begin with: for each entry, and at least.
constexpr std::int64_t kSeedSample = 32, kSeedLeast = 2048;
constexpr std::int64_t kSample = 128, kLeast = 4096;
/// Distances that may be spent on restarts of one group.
constexpr std::int64_t kRestartWork = std::int64_t{1} << 20;
constexpr int kMaxRestarts = 4;
/// Where a sample or a summary did the work, what is left to do over everything.
constexpr LloydLimits kPolish = {.rounds = 6, .gain = 3e-4};

/// Entries and indices of one group.
struct GroupPalette {
  Entries entries;  // [k, v], lexicographically ascending
  double error = 0;
  std::vector<bool> used;
};

/// The different vectors of the group, ascending, if `k` entries can hold them.
std::optional<Entries> distinct_vectors(const VectorData& data, int k) {
  const std::int64_t v = data.vector();
  std::vector<std::array<float, 8>> found;
  std::vector<std::uint16_t> slots(1024);  // 1 + number in `found`; 0: free
  VectorScratch scratch;
  for (std::int64_t t = 0; t < data.count(); t += kVectorBlock) {
    const VectorBlock b = data.block(t, std::min(data.count(), t + kVectorBlock), scratch);
    for (std::int64_t i = 0; i < b.n; ++i) {
      std::array<float, 8> x{};
      std::uint64_t hash = 0;
      for (std::int64_t j = 0; j < v; ++j) {
        x[at(j)] = b.x[j * b.stride + i] + 0.0f;  // -0 is 0
        hash = (hash ^ std::bit_cast<std::uint32_t>(x[at(j)])) * 0x9e3779b97f4a7c15u;
      }
      std::size_t slot = hash >> 54;
      while (slots[slot] != 0 && found[slots[slot] - 1u] != x) slot = (slot + 1) % slots.size();
      if (slots[slot] != 0) continue;
      if (found.size() == at(k)) return std::nullopt;
      found.push_back(x);
      slots[slot] = static_cast<std::uint16_t>(found.size());
    }
  }
  std::sort(found.begin(), found.end());
  Entries entries(at(k * v));
  for (std::size_t e = 0; e < found.size(); ++e)
    std::copy_n(found[e].begin(), v, entries.begin() + static_cast<std::ptrdiff_t>(e) * v);
  return entries;
}

/// One vector from each of `n` equal parts of the group.
KeptVectors sample(const VectorData& data, std::int64_t n, SeedSequence& random) {
  if (n >= data.count()) return KeptVectors(data);
  std::vector<std::int64_t> which(at(n));
  const double part = static_cast<double>(data.count()) / static_cast<double>(n);
  for (std::int64_t i = 0; i < n; ++i) {
    const double place = (static_cast<double>(i) + random.uniform()) * part;
    which[at(i)] = std::min(data.count() - 1, static_cast<std::int64_t>(place));
  }
  return KeptVectors(data, which);
}

/// The sides of the grids for `vectors` vectors: about as many cells as the work on them is worth.
int side_of_grid(std::int64_t vectors) {
  return vectors < 1 << 15 ? 32 : vectors < 1 << 17 ? 64 : vectors < 1 << 20 ? 128 : 256;
}

/// What the iterations run over before they see every vector.
KeptVectors stand_in(const GroupVectors& group, int k, const GridLines* lines,
                     const KeptVectors& few, SeedSequence& random, ThreadPool& pool) {
  if (lines) {
    KeptVectors summary =
        summary_of(group, GridLines(few.all(), std::min(256, 2 * lines->side())), pool);
    if (summary.count() > 0) return summary;  // else no vector counts
  }
  const std::int64_t wanted = std::max(kSample * k, kLeast);
  return sample(group, group.count() <= 2 * wanted ? group.count() : wanted, random);
}

/// The table with the smallest error that a few starts lead to.
Entries best_entries(const GroupVectors& group, int k, const GridLines* lines,
                     const KeptVectors& few, SeedSequence& random, ThreadPool& pool) {
  const KeptVectors kept = stand_in(group, k, lines, few, random, pool);
  std::optional<GridLines> coarse;  // candidates are found anew in each round
  if (lines) coarse.emplace(few.all(), lines->side() < 128 ? 32 : 64);
  const auto starts = static_cast<int>(
      std::clamp(kRestartWork / (kept.count() * k), std::int64_t{1}, std::int64_t{kMaxRestarts}));
  Entries best;
  double best_error = INFINITY;
  for (int start = 0; start < starts; ++start) {
    Entries entries = seed_entries(few, k, random);
    if (4 * few.count() < kept.count())
      lloyd(few, entries, nullptr, {.rounds = 8, .gain = 1e-2}, pool);
    const double error = lloyd(kept, entries, coarse ? &*coarse : nullptr, {}, pool);
    if (error < best_error) best_error = error, best = std::move(entries);
  }
  if (lines || kept.count() < group.count()) lloyd(group, best, lines, kPolish, pool);
  return best;
}

/// Rounded to the weight's dtype and sorted.
void make_representable(Entries& entries, std::int64_t v, bool half, float scale) {
  std::vector<std::array<float, 8>> rows(entries.size() / at(v));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const float x = half ? ir::to_float(ir::to_half(entries[i])) : entries[i] / scale * scale;
    rows[i / at(v)][i % at(v)] = x + 0.0f;
  }
  std::sort(rows.begin(), rows.end());
  for (std::size_t i = 0; i < entries.size(); ++i) entries[i] = rows[i / at(v)][i % at(v)];
}

/// Nearest entries of all vectors into `indices` (of the whole weight, one in a byte).
void assign_all(const GroupVectors& group, const GridLines* lines, GroupPalette& p,
                std::uint8_t* indices, ThreadPool& pool) {
  const std::int64_t v = group.vector();
  const Assigner assign(p.entries, v, lines, pool);
  const std::int64_t chunk = chunk_of(group.count());
  const std::int64_t chunks = (group.count() + chunk - 1) / chunk;
  struct Part {
    double error = 0;
    std::array<bool, 256> used{};
  };
  std::vector<Part> parts(at(chunks));
  pool.parallel_for(chunks, 1, [&](std::int64_t begin, std::int64_t end) {
    VectorScratch scratch;
    std::uint8_t index[kVectorBlock];
    float distance[kVectorBlock];
    for (std::int64_t c = begin; c < end; ++c) {
      const std::int64_t stop = std::min(group.count(), (c + 1) * chunk);
      for (std::int64_t t = c * chunk; t < stop; t += kVectorBlock) {
        const VectorBlock b = group.block(t, std::min(stop, t + kVectorBlock), scratch);
        assign(b, index, distance);
        parts[at(c)].error += sum_of(distance, b.n);
        for (std::int64_t i = 0; i < b.n; ++i) parts[at(c)].used[index[i]] = true;
        for (std::int64_t i = 0; i < b.n;) {
          const std::int64_t o = (t + i) / group.run(), inside = (t + i) % group.run();
          const std::int64_t n = std::min(b.n - i, group.run() - inside);
          std::copy_n(index + i, n, indices + group.index_at(o) + inside);
          i += n;
        }
      }
    }
  });
  p.used.assign(p.entries.size() / at(v), false);
  for (const Part& part : parts) {
    p.error += part.error;
    for (std::size_t e = 0; e < p.used.size(); ++e) p.used[e] = p.used[e] || part.used[e];
  }
}

/// Entries without vectors become zeros at the end.
void drop_unused(const GroupVectors& group, GroupPalette& p, std::uint8_t* indices) {
  const std::int64_t v = group.vector();
  std::array<std::uint8_t, 256> renamed{};
  std::size_t kept = 0;
  for (std::size_t e = 0; e < p.used.size(); ++e) {
    if (!p.used[e]) continue;
    renamed[e] = static_cast<std::uint8_t>(kept);
    std::copy_n(p.entries.begin() + static_cast<std::ptrdiff_t>(e) * v, v,
                p.entries.begin() + static_cast<std::ptrdiff_t>(kept++) * v);
  }
  std::fill(p.entries.begin() + static_cast<std::ptrdiff_t>(kept) * v, p.entries.end(), 0.0f);
  if (std::is_sorted(p.used.rbegin(), p.used.rend())) return;  // only the last ones: nothing moved
  for (std::int64_t t = 0; t < group.count(); t += group.run()) {
    std::uint8_t* run = indices + group.index_at(t / group.run());
    for (std::int64_t i = 0; i < group.run(); ++i) run[i] = renamed[run[i]];
  }
}

GroupPalette palettize_group(const GroupVectors& group, int k, std::uint64_t seed, bool half,
                             std::uint8_t* indices, ThreadPool& pool) {
  GroupPalette p;
  std::optional<GridLines> lines;
  if (auto distinct = distinct_vectors(group, k)) {
    p.entries = std::move(*distinct);
  } else {
    SeedSequence random(seed);
    const KeptVectors few = sample(group, std::max(kSeedSample * k, kSeedLeast), random);
    if (grid_pays(group, k)) lines.emplace(few.all(), side_of_grid(group.count()));
    p.entries = best_entries(group, k, lines ? &*lines : nullptr, few, random, pool);
    make_representable(p.entries, group.vector(), half, group.scale());
  }
  assign_all(group, lines ? &*lines : nullptr, p, indices, pool);
  drop_unused(group, p, indices);
  for (float& x : p.entries) x /= group.scale();
  const auto scale = static_cast<double>(group.scale());
  p.error /= scale * scale;
  return p;
}

/// Lowest bits first, without gaps.
void pack(const std::vector<std::uint8_t>& indices, int bits, std::byte* out, ThreadPool& pool) {
  constexpr std::int64_t block = 4096;  // whole bytes for any number of bits
  const auto count = static_cast<std::int64_t>(indices.size());
  pool.parallel_for((count + block - 1) / block, 4, [&](std::int64_t begin, std::int64_t end) {
    std::byte* to = out + begin * block * bits / 8;
    std::uint32_t pending = 0;
    int held = 0;
    for (std::int64_t i = begin * block; i < std::min(count, end * block); ++i) {
      pending |= std::uint32_t{indices[at(i)]} << held;
      held += bits;
      for (; held >= 8; held -= 8, pending >>= 8) *to++ = static_cast<std::byte>(pending & 0xffu);
    }
    if (held > 0) *to = static_cast<std::byte>(pending);
  });
}

}  // namespace

Palette palettize_vectors(const Values& w, const Axis& axis, const VectorPaletteSpec& spec,
                          const Importance& importance, ThreadPool& pool) {
  const std::int64_t v = spec.vector;
  const std::int64_t group = spec.group > 0 ? spec.group : axis.size;
  CC_CHECK(v == 2 || v == 4 || v == 8, "vectors of 2, 4 or 8");
  CC_CHECK(spec.bits >= 1 && spec.bits <= 8 && spec.bits != 5 && spec.bits != 7, "index bits");
  CC_CHECK(w.size() == axis.count(), "the axis is the weight's");
  CC_CHECK(axis.size % std::max<std::int64_t>(group, 1) == 0 && group % v == 0,
           "vectors divide groups, groups divide the channels");
  const int k = 1 << spec.bits;
  Palette palette;
  palette.bits = spec.bits;
  palette.vector = v;
  palette.groups = group > 0 ? axis.size / group : 1;
  palette.tables.resize(at(palette.groups * k * v));
  palette.indices = packed_buffer(axis.count() / v, spec.bits);
  if (axis.count() == 0) return palette;

  std::vector<std::uint8_t> indices(at(axis.count() / v));
  std::vector<double> errors(at(palette.groups));
  auto one = [&](std::int64_t g) {
    GroupVectors vectors(w, axis, v, group, g, importance);
    if (!w.is_half()) vectors.rescale();
    SeedSequence mixed(spec.seed ^ (static_cast<std::uint64_t>(g) * 0xd1342543de82ef95u));
    const GroupPalette p =
        palettize_group(vectors, k, mixed.next(), w.is_half(), indices.data(), pool);
    std::copy(p.entries.begin(), p.entries.end(), palette.tables.begin() + g * k * v);
    errors[at(g)] = p.error;
  };
  if (palette.groups >= 2 * pool.threads()) {
    pool.parallel_for(palette.groups, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t g = begin; g < end; ++g) one(g);
    });
  } else {
    for (std::int64_t g = 0; g < palette.groups; ++g) one(g);
  }
  palette.error = std::accumulate(errors.begin(), errors.end(), 0.0);
  pack(indices, spec.bits, palette.indices->mutable_bytes(), pool);
  return palette;
}

}  // namespace corecast::compress
