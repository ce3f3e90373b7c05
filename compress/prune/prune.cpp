#include "compress/prune/prune.h"

#include <algorithm>
#include <bit>
#include <cmath>

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

}  // namespace corecast::compress
