#include "compress/prune/prune_cut.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <memory>
#include <numeric>
#include <optional>

#include "compress/cpu/kernels.h"

namespace corecast::compress {

namespace {

constexpr std::int64_t kTile = 1 << 12;
constexpr int kUpperBits = 15;

/// A sequence in parts that begin at whole bytes of the mask, few enough to keep a histogram each.
struct Parts {
  std::int64_t size, each, count;

  explicit Parts(std::int64_t n) : size(n) {
    each = std::max<std::int64_t>((n + 31) / 32, 1 << 16);
    each = (each + 63) / 64 * 64;
    count = (n + each - 1) / each;
  }
  std::int64_t begin(std::int64_t part) const { return part * each; }
  std::int64_t end(std::int64_t part) const { return std::min(size, (part + 1) * each); }
};

using Histogram = std::vector<std::uint32_t>;

/// fn(words, start, n) over tiles of a part.
template <class Fn>
void for_tiles(const Magnitudes& m, std::int64_t begin, std::int64_t end, Fn fn) {
  const auto space = std::make_unique<std::uint32_t[]>(kTile);
  for (std::int64_t at = begin; at < end; at += kTile) {
    const std::int64_t n = std::min(kTile, end - at);
    fn(m.words(at, n, space.get()), at, n);
  }
}

void count_narrow(const std::uint16_t* x, std::int64_t n, std::uint32_t* bins) {
  // Two histograms in turn, so that equal neighbours do not wait for each other.
  Histogram other(1 << 15);
  std::int64_t i = 0;
  for (; i + 4 <= n; i += 4) {
    std::uint64_t four;
    std::memcpy(&four, x + i, sizeof four);
    ++bins[four & 0x7fff];
    ++other[four >> 16 & 0x7fff];
    ++bins[four >> 32 & 0x7fff];
    ++other[four >> 48 & 0x7fff];
  }
  for (; i < n; ++i) ++bins[x[i] & 0x7fff];
  for (std::size_t b = 0; b < other.size(); ++b) bins[b] += other[b];
}

/// The bin in which the element of rank `rank` (from 0) falls, and how many come before the bin.
struct Place {
  std::uint32_t bin;
  std::int64_t before;
};
Place find(const std::vector<Histogram>& parts, std::int64_t rank, std::int64_t before = 0) {
  for (std::size_t b = 0; b < parts[0].size(); ++b) {
    std::int64_t here = 0;
    for (const Histogram& h : parts) here += h[b];
    if (rank < before + here) return {static_cast<std::uint32_t>(b), before};
    before += here;
  }
  CC_UNREACHABLE("rank within the count");
}

/// Magnitudes of f16 among which one of a given rank most likely lies.
struct Bracket {
  std::uint32_t low = 0, high = 1 << kUpperBits;
};

constexpr std::int64_t kStretches = 1 << 13, kLength = 8, kSample = kStretches * kLength;
constexpr std::int64_t kSampled = 8 * kSample;  // where a sample saves more than it costs

/// The bracket of a sample: its own rank, six standard deviations up and down.
Bracket guess(const std::uint16_t* x, std::int64_t n, std::int64_t rank) {
  Histogram bins(1 << kUpperBits);
  for (std::int64_t s = 0; s < kStretches; ++s) {
    const std::uint16_t* stretch = x + s * (n / kStretches);
    for (std::int64_t i = 0; i < kLength; ++i) ++bins[stretch[i] & 0x7fff];
  }
  const double share = static_cast<double>(rank) / static_cast<double>(n);
  const double middle = share * kSample;
  const double reach = 6 * std::sqrt(share * (1 - share) * kSample) + 6;
  Bracket bracket;
  double before = 0;
  for (std::uint32_t b = 0; b < bins.size(); ++b) {
    if (before < middle - reach) bracket.low = b;
    before += bins[b];
    if (before > middle + reach) {
      bracket.high = b + 1;
      break;
    }
  }
  return bracket;
}

std::vector<Histogram> count_parts(const Parts& parts, std::size_t bins, ThreadPool& pool,
                                   auto count) {
  std::vector<Histogram> histograms(static_cast<std::size_t>(parts.count));
  pool.parallel_for(parts.count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      Histogram& h = histograms[static_cast<std::size_t>(p)];
      h.resize(bins);
      count(parts.begin(p), parts.end(p), h.data());
    }
  });
  return histograms;
}

/// The magnitude at the cut, how many of this very magnitude go, and how many each part has.
struct Threshold {
  std::uint32_t magnitude;
  std::int64_t going;
  std::vector<std::int64_t> equal;
};

Threshold threshold_at(const Place& place, std::uint32_t base, std::int64_t rank,
                       const std::vector<Histogram>& histograms) {
  Threshold t{base + place.bin, rank + 1 - place.before, {}};
  for (const Histogram& h : histograms) t.equal.push_back(h[place.bin]);
  return t;
}

/// By counting only what lies in a bracket; nothing where the bracket misses.
std::optional<Threshold> find_in_bracket(const Magnitudes& m, const Parts& parts, std::int64_t rank,
                                         ThreadPool& pool) {
  const Bracket bracket = guess(m.codes(), m.size(), rank);
  std::atomic<std::int64_t> below{0};
  const auto histograms =
      count_parts(parts, bracket.high - bracket.low, pool, [&](auto begin, auto end, auto* bins) {
        below += kernels().prune.count_halves(m.codes() + begin, end - begin, bracket.low,
                                              bracket.high, bins);
      });
  std::int64_t within = 0;
  for (const Histogram& h : histograms) within += std::reduce(h.begin(), h.end(), std::int64_t{0});
  if (rank < below || rank >= below + within) return std::nullopt;
  return threshold_at(find(histograms, rank, below), bracket.low, rank, histograms);
}

Threshold find_threshold(const Magnitudes& m, const Parts& parts, std::int64_t count,
                         ThreadPool& pool) {
  std::vector<Histogram> histograms;
  std::uint32_t upper = 0;
  std::int64_t rank = count - 1;
  if (m.narrow()) {
    if (m.size() >= kSampled) {
      if (auto found = find_in_bracket(m, parts, rank, pool)) return *std::move(found);
    }
    histograms = count_parts(parts, 1 << kUpperBits, pool, [&](auto begin, auto end, auto* bins) {
      count_narrow(m.codes() + begin, end - begin, bins);
    });
  } else {
    histograms = count_parts(parts, 1 << kUpperBits, pool, [&](auto begin, auto end, auto* bins) {
      for_tiles(m, begin, end, [&](const std::uint32_t* x, std::int64_t, std::int64_t n) {
        for (std::int64_t i = 0; i < n; ++i) ++bins[(x[i] & 0x7fffffff) >> 16];
      });
    });
    const Place first = find(histograms, rank);
    upper = first.bin << 16;
    rank -= first.before;
    histograms = count_parts(parts, 1 << 16, pool, [&](auto begin, auto end, auto* bins) {
      for_tiles(m, begin, end, [&](const std::uint32_t* x, std::int64_t, std::int64_t n) {
        for (std::int64_t i = 0; i < n; ++i)
          if ((x[i] & 0x7fff0000) == upper) ++bins[x[i] & 0xffff];
      });
    });
  }
  return threshold_at(find(histograms, rank), upper, rank, histograms);
}

std::int64_t keep_part(const Magnitudes& m, std::int64_t begin, std::int64_t end,
                       std::uint32_t least, std::uint8_t* bits) {
  const PruneKernels& k = kernels().prune;
  if (m.narrow()) return k.keep_halves(m.codes() + begin, end - begin, least, bits + begin / 8);
  std::int64_t kept = 0;
  for_tiles(m, begin, end, [&](const std::uint32_t* x, std::int64_t at, std::int64_t n) {
    kept += k.keep_words(x, n, least, bits + at / 8);
  });
  return kept;
}

/// Adds the first `quota` elements of exactly this magnitude.
void keep_equal(const Magnitudes& m, std::int64_t begin, std::int64_t end, std::uint32_t magnitude,
                std::int64_t quota, std::uint8_t* bits) {
  const auto consider = [&](std::uint32_t word, std::int64_t i) {
    if (quota == 0 || word != magnitude) return;
    bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | 1u << (i % 8));
    --quota;
  };
  if (m.narrow()) {
    for (std::int64_t i = begin; i < end && quota > 0; ++i) consider(m.codes()[i] & 0x7fffu, i);
    return;
  }
  for_tiles(m, begin, end, [&](const std::uint32_t* x, std::int64_t at, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) consider(x[i] & 0x7fffffff, at + i);
  });
}

}  // namespace

const std::uint16_t* Magnitudes::codes() const {
  return static_cast<const std::uint16_t*>(static_cast<const void*>(w_.halves()));
}

const std::uint32_t* Magnitudes::words(std::int64_t start, std::int64_t n,
                                       std::uint32_t* space) const {
  if (!w_.is_half() && importance_.empty())
    return static_cast<const std::uint32_t*>(static_cast<const void*>(w_.floats() + start));
  const std::int64_t inner = importance_.inner;
  const auto weights = static_cast<std::int64_t>(importance_.weights.size());
  std::int64_t left = weights == 0 ? n : 0, next = weights == 0 ? 0 : start / inner % weights;
  float factor = 1;
  constexpr std::int64_t kLine = 256;
  float line[kLine];
  for (std::int64_t i = 0; i < n; ++i, --left) {
    if (left == 0) {
      factor = std::sqrt(importance_.weights[static_cast<std::size_t>(next)]);
      next = next + 1 == weights ? 0 : next + 1;
      left = i == 0 ? inner - start % inner : inner;
    }
    if (i % kLine == 0) {
      const std::int64_t count = std::min(kLine, n - i);
      if (w_.is_half()) {
        kernels().linear.widen(codes() + start + i, line, count);
      } else {
        std::memcpy(line, w_.floats() + start + i, static_cast<std::size_t>(count) * sizeof *line);
      }
    }
    const float size = std::abs(line[i % kLine]);
    const auto word = std::bit_cast<std::uint32_t>(size * factor);
    space[i] = size == 0 ? 0 : std::max(word, 1u);  // only what is zero counts as one
  }
  return space;
}

Mask empty_mask(std::int64_t count) { return {packed_buffer(count, 1), count, 0}; }

Mask keep_at_least(const Magnitudes& m, std::uint32_t least, ThreadPool& pool) {
  Mask mask = empty_mask(m.size());
  const Parts parts(m.size());
  std::vector<std::int64_t> kept(static_cast<std::size_t>(parts.count));
  pool.parallel_for(parts.count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p)
      kept[static_cast<std::size_t>(p)] =
          keep_part(m, parts.begin(p), parts.end(p), least, bytes_of(mask));
  });
  for (const std::int64_t k : kept) mask.kept += k;
  return mask;
}

Mask cut(const Magnitudes& m, std::int64_t count, ThreadPool& pool) {
  if (count == 0) return keep_at_least(m, 1, pool);
  const Parts parts(m.size());
  const Threshold t = find_threshold(m, parts, count, pool);
  if (t.magnitude == 0) return keep_at_least(m, 1, pool);
  // The first ones among equals stay: whole parts of them, then some of one part, then none.
  std::int64_t staying = -t.going;
  for (const std::int64_t e : t.equal) staying += e;
  std::vector<std::int64_t> quota;
  for (const std::int64_t e : t.equal) {
    quota.push_back(std::min(e, staying));
    staying -= quota.back();
  }
  Mask mask = empty_mask(m.size());
  std::vector<std::int64_t> kept(static_cast<std::size_t>(parts.count));
  pool.parallel_for(parts.count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      const auto at = static_cast<std::size_t>(p);
      const bool all = quota[at] == t.equal[at];
      kept[at] =
          keep_part(m, parts.begin(p), parts.end(p), t.magnitude + (all ? 0 : 1), bytes_of(mask));
      if (all || quota[at] == 0) continue;
      keep_equal(m, parts.begin(p), parts.end(p), t.magnitude, quota[at], bytes_of(mask));
      kept[at] += quota[at];
    }
  });
  for (const std::int64_t k : kept) mask.kept += k;
  return mask;
}

}  // namespace corecast::compress
