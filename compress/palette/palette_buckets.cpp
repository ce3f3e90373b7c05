#include "compress/palette/palette_buckets.h"

#include <array>
#include <bit>
#include <cmath>

namespace corecast::compress {

namespace {

constexpr std::size_t kBins = 65536;  // by the upper half of a float's key
constexpr int kMostShift = 12;

/// Order-preserving; 0 and -0 have one key.
inline std::uint32_t key_of(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x + 0.0f);
  return bits ^ (static_cast<std::uint32_t>(static_cast<std::int32_t>(bits) >> 31) | 0x80000000u);
}
double value_of(std::uint32_t key) {
  return static_cast<double>(std::bit_cast<float>(key & 0x80000000u ? key ^ 0x80000000u : ~key));
}

/// Calls f(slice, first element, count, table of the slice) in parallel.
template <class F>
void for_slices(const Runs& runs, std::int64_t slices, ThreadPool& pool, F&& f) {
  const std::int64_t n = runs.total();
  pool.parallel_for(slices, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t s = begin; s < end; ++s)
      runs.pieces(n * s / slices, n * (s + 1) / slices,
                  [&](std::int64_t at, std::int64_t count, std::int64_t) { f(s, at, count); });
  });
}

std::vector<std::uint64_t> count_bins(const Values& w, const Runs& runs, ThreadPool& pool) {
  const std::int64_t slices = std::max<std::int64_t>(pool.threads(), (runs.total() >> 31) + 1);
  std::vector<std::uint32_t> counts(static_cast<std::size_t>(slices) * kBins);
  for_slices(runs, slices, pool, [&](std::int64_t s, std::int64_t at, std::int64_t count) {
    std::uint32_t* table = counts.data() + static_cast<std::size_t>(s) * kBins;
    const float* x = w.floats() + at;
    for (std::int64_t i = 0; i < count; ++i) ++table[key_of(x[i]) >> 16];
  });
  std::vector<std::uint64_t> sums(kBins);
  for (std::size_t i = 0; i < counts.size(); ++i) sums[i % kBins] += counts[i];
  return sums;
}

/// Where the buckets of one bin begin, and how many low bits of a key they leave out.
struct Bin {
  std::uint32_t base = 0, shift = 16;
};

struct Sum {
  double weight = 0, sum = 0;
};

std::uint32_t low_of(std::size_t bin) { return static_cast<std::uint32_t>(bin << 16); }
double width_of(std::size_t bin) { return value_of(low_of(bin) | 0xffffu) - value_of(low_of(bin)); }

/// Cuts the bins so that count times width is about the same in all buckets: that is what a cut
/// inside one can cost. Returns the number of buckets.
std::uint32_t cut_bins(const std::vector<std::uint64_t>& counts, int k, std::vector<Bin>& bins) {
  double root = 0;
  for (std::size_t b = 0; b < kBins; ++b)
    if (counts[b]) root += std::sqrt(static_cast<double>(counts[b]) * width_of(b));
  const double target = 256.0 * std::max(k, 16);
  const double most = root * root / (target * target);
  std::uint32_t buckets = 0;
  for (std::size_t b = 0; b < kBins; ++b) {
    if (!counts[b]) continue;
    std::uint32_t parts = 0;  // a power of two of them
    double left = static_cast<double>(counts[b]) * width_of(b);
    while (parts < kMostShift && left > most) {
      left /= 4;
      ++parts;
    }
    bins[b] = {buckets, 16 - parts};
    buckets += 1u << parts;
  }
  return buckets;
}

/// What the values of each bucket weigh and add up to, by slices of the runs.
std::vector<Sum> sum_buckets(const Values& w, const Runs& runs, const Importance& importance,
                             const std::vector<Bin>& bins, std::uint32_t buckets,
                             ThreadPool& pool) {
  const std::int64_t slices = std::clamp<std::int64_t>(runs.total() >> 19, 1, 8);
  std::vector<Sum> sums(static_cast<std::size_t>(slices) * buckets);
  for_slices(runs, slices, pool, [&](std::int64_t s, std::int64_t at, std::int64_t count) {
    Sum* table = sums.data() + static_cast<std::size_t>(s) * buckets;
    const float* x = w.floats() + at;
    const auto place = [&](float v) -> Sum& {
      const std::uint32_t key = key_of(v);
      const Bin bin = bins[key >> 16];
      return table[bin.base + ((key & 0xffffu) >> bin.shift)];
    };
    if (importance.empty()) {
      for (std::int64_t i = 0; i < count; ++i) {
        Sum& to = place(x[i]);
        to.weight += 1;
        to.sum += static_cast<double>(x[i]);
      }
    } else {
      ImportanceCursor weight(importance, at);
      for (std::int64_t i = 0; i < count; ++i) {
        Sum& to = place(x[i]);
        const double each = weight.next();
        to.weight += each;
        to.sum += each * static_cast<double>(x[i]);
      }
    }
  });
  return sums;
}

}  // namespace

double ValueBuckets::lost(int k) const {
  if (points.size() == 0) return 0;
  return per_distance * (points.values.back() - points.values.front() + 2 * widest * k);
}

ValueBuckets bucket_values(const Values& w, const Runs& runs, const Importance& importance, int k,
                           ThreadPool& pool) {
  const std::vector<std::uint64_t> counts = count_bins(w, runs, pool);
  std::vector<Bin> bins(kBins);
  const std::uint32_t buckets = cut_bins(counts, k, bins);
  const std::vector<Sum> sums = sum_buckets(w, runs, importance, bins, buckets, pool);
  ValueBuckets result;
  for (std::size_t b = 0; b < kBins; ++b) {
    if (!counts[b]) continue;
    const std::uint32_t parts = 1u << (16 - bins[b].shift);
    for (std::uint32_t p = 0; p < parts; ++p) {
      Sum total;
      for (std::size_t t = bins[b].base + p; t < sums.size(); t += buckets) {
        total.weight += sums[t].weight;
        total.sum += sums[t].sum;
      }
      if (!(total.weight > 0)) continue;
      const std::uint32_t first = low_of(b) | (p << bins[b].shift);
      const double lo = value_of(first), hi = value_of(first | ((1u << bins[b].shift) - 1u));
      result.points.add(std::clamp(total.sum / total.weight, lo, hi), total.weight);
      // Of values in [lo, hi] the deviations from the mean add up to at most half of this.
      result.per_distance = std::max(result.per_distance, total.weight * (hi - lo) / 2);
      result.widest = std::max(result.widest, hi - lo);
    }
  }
  return result;
}

}  // namespace corecast::compress
