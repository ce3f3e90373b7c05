#include "compress/prune/prune.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "compress/prune/prune_cut.h"

namespace corecast::compress {

std::int64_t pruned_count(double ratio, std::int64_t count) {
  CC_CHECK(ratio >= 0 && ratio <= 1, "a ratio within [0, 1]");
  return std::min<std::int64_t>(count, std::llround(ratio * static_cast<double>(count)));
}

Mask mask_by_ratio(const Values& w, double ratio, const Importance& importance, ThreadPool& pool) {
  return cut(Magnitudes(w, importance), pruned_count(ratio, w.size()), pool);
}

Mask mask_by_threshold(const Values& w, double threshold, ThreadPool& pool) {
  CC_CHECK(threshold >= 0, "a threshold of at least 0");
  // The code of the first number above the threshold. Codes are in the order of their values.
  const std::uint32_t infinity = w.is_half() ? 0x7c00u : 0x7f800000u;
  const auto value = [&](std::uint32_t code) {
    return static_cast<double>(w.is_half()
                                   ? ir::to_float(ir::half{static_cast<std::uint16_t>(code)})
                                   : std::bit_cast<float>(code));
  };
  std::uint32_t low = 0, high = infinity;  // value(low) <= threshold, or low = 0
  while (high - low > 1) {
    const std::uint32_t middle = low + (high - low) / 2;
    (value(middle) <= threshold ? low : high) = middle;
  }
  return keep_at_least(Magnitudes(w, {}), high, pool);
}

namespace {

constexpr int kDropped = 13;  // bits of an f32 that an f16 does not have
constexpr std::size_t kBins = std::size_t{1} << (31 - kDropped);

}  // namespace

void GlobalThreshold::add(const Values& w, ThreadPool& pool) {
  counts_.resize(kBins);
  halves_ = halves_ && w.is_half();
  const std::int64_t n = w.size(), each = std::max<std::int64_t>((n + 7) / 8, 1 << 16);
  const std::int64_t parts = (n + each - 1) / each;
  std::vector<std::vector<std::int64_t>> counts(static_cast<std::size_t>(parts));
  const std::size_t bins = w.is_half() ? std::size_t{1} << 15 : kBins;
  pool.parallel_for(parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      auto& c = counts[static_cast<std::size_t>(p)];
      c.resize(bins);
      const std::int64_t first = p * each, last = std::min(n, first + each);
      if (w.is_half()) {
        for (std::int64_t i = first; i < last; ++i) ++c[w.halves()[i].bits & 0x7fffu];
      } else {
        for (std::int64_t i = first; i < last; ++i) {
          const std::uint32_t code = std::bit_cast<std::uint32_t>(w.floats()[i]) & 0x7fffffffu;
          ++c[code == 0 ? 0 : std::max(1u, code >> kDropped)];  // bin 0 is 0 itself
        }
      }
    }
  });
  for (const auto& c : counts) {
    for (std::size_t b = 0; b < bins; ++b) {
      if (c[b] == 0) continue;
      const float v = ir::to_float(ir::half{static_cast<std::uint16_t>(b)});
      counts_[w.is_half() ? std::bit_cast<std::uint32_t>(v) >> kDropped : b] += c[b];
    }
  }
}

double GlobalThreshold::at(double ratio) const {
  CC_CHECK(ratio >= 0 && ratio <= 1, "a ratio within [0, 1]");
  std::int64_t total = 0;
  for (const std::int64_t c : counts_) total += c;
  const double wanted = ratio * static_cast<double>(total);
  std::int64_t so_far = 0;
  if (wanted <= 0) return 0;
  for (std::size_t b = 0; b < counts_.size(); ++b) {
    so_far += counts_[b];
    if (static_cast<double>(so_far) < wanted) continue;
    if (b == 0) return 0;
    const auto code = static_cast<std::uint32_t>(b) << kDropped;
    return static_cast<double>(
        std::bit_cast<float>(halves_ ? code : code | ((1u << kDropped) - 1)));
  }
  CC_UNREACHABLE("a ratio of at most 1");
}

}  // namespace corecast::compress
