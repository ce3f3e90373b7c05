#include "executor/arena.h"

#include <algorithm>
#include <numeric>

namespace corecast::executor {

namespace {
constexpr std::int64_t kAlign = 64;
std::int64_t aligned(std::int64_t bytes) { return (bytes + kAlign - 1) / kAlign * kAlign; }
}  // namespace

ArenaLayout plan_arena(const std::vector<Lifetime>& values) {
  ArenaLayout layout;
  layout.offsets.assign(values.size(), 0);

  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a].bytes > values[b].bytes; });

  std::vector<std::size_t> placed;  // sorted by offset
  for (const std::size_t i : order) {
    const Lifetime& v = values[i];
    const std::int64_t size = aligned(v.bytes);
    if (size == 0) continue;
    std::int64_t best = -1;
    std::int64_t best_gap = INT64_MAX;
    std::int64_t end = 0;  // of everything seen so far that lives at the same time
    for (const std::size_t p : placed) {
      const Lifetime& other = values[p];
      if (other.last < v.first || v.last < other.first) continue;
      const std::int64_t gap = layout.offsets[p] - end;
      if (gap >= size && gap < best_gap) {
        best = end;
        best_gap = gap;
      }
      end = std::max(end, layout.offsets[p] + aligned(other.bytes));
    }
    layout.offsets[i] = best >= 0 ? best : end;
    layout.bytes = std::max(layout.bytes, layout.offsets[i] + size);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), i,
                                   [&](std::size_t a, std::size_t b) {
                                     return layout.offsets[a] < layout.offsets[b];
                                   }),
                  i);
  }

  std::int32_t steps = 0;
  for (const Lifetime& v : values) steps = std::max(steps, v.last + 1);
  std::vector<std::int64_t> change(static_cast<std::size_t>(steps) + 1, 0);
  for (const Lifetime& v : values) {
    change[static_cast<std::size_t>(v.first)] += aligned(v.bytes);
    change[static_cast<std::size_t>(v.last) + 1] -= aligned(v.bytes);
  }
  std::int64_t alive = 0;
  for (const std::int64_t c : change) layout.live = std::max(layout.live, alive += c);
  return layout;
}

}  // namespace corecast::executor
