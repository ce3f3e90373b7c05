#include "executor/arena.h"

#include <algorithm>
#include <numeric>

namespace corecast::executor {

namespace {

constexpr std::int64_t kAlign = 64;
std::int64_t aligned(std::int64_t bytes) { return (bytes + kAlign - 1) / kAlign * kAlign; }

using Order = std::vector<std::size_t>;

/// Bytes alive during each step.
std::vector<std::int64_t> live_bytes(const std::vector<Lifetime>& values) {
  std::int32_t steps = 0;
  for (const Lifetime& v : values) steps = std::max(steps, v.last + 1);
  std::vector<std::int64_t> alive(static_cast<std::size_t>(steps) + 1, 0);
  for (const Lifetime& v : values) {
    alive[static_cast<std::size_t>(v.first)] += aligned(v.bytes);
    alive[static_cast<std::size_t>(v.last) + 1] -= aligned(v.bytes);
  }
  std::partial_sum(alive.begin(), alive.end(), alive.begin());
  return alive;
}

/// Places the values one by one, each into the gap that fits it best, or on top.
ArenaLayout place(const std::vector<Lifetime>& values, const Order& order) {
  ArenaLayout layout;
  layout.offsets.assign(values.size(), 0);
  Order placed;  // sorted by offset
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
  return layout;
}

/// Whatever is alive at the fullest step comes first, then at the next fullest, and so on.
Order by_fullest_step(const std::vector<Lifetime>& values, const std::vector<std::int64_t>& alive) {
  std::vector<std::int64_t> fullest(values.size(), 0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto from = alive.begin() + values[i].first, to = alive.begin() + values[i].last + 1;
    fullest[i] = *std::max_element(from, to);
  }
  Order order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (fullest[a] != fullest[b]) return fullest[a] > fullest[b];
    return values[a].bytes > values[b].bytes;
  });
  return order;
}

template <class Key>
Order descending(const std::vector<Lifetime>& values, const Key& key) {
  Order order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return key(values[a]) > key(values[b]); });
  return order;
}

}  // namespace

ArenaLayout plan_arena(const std::vector<Lifetime>& values) {
  const auto alive = live_bytes(values);
  const std::int64_t live = alive.empty() ? 0 : *std::max_element(alive.begin(), alive.end());
  auto length = [](const Lifetime& v) { return std::int64_t{v.last} - v.first + 1; };
  // The next order is tried only while the best so far is above the lower bound.
  ArenaLayout best = place(values, descending(values, [](const Lifetime& v) { return v.bytes; }));
  auto improve = [&](const Order& order) {
    if (best.bytes == live) return;
    ArenaLayout other = place(values, order);
    if (other.bytes < best.bytes) best = std::move(other);
  };
  improve(by_fullest_step(values, alive));
  improve(descending(values, length));
  improve(descending(values, [&](const Lifetime& v) {
    return static_cast<double>(v.bytes) * static_cast<double>(length(v));
  }));
  improve(descending(values, [](const Lifetime& v) { return -v.first; }));
  improve(descending(values, [](const Lifetime& v) { return v.last; }));
  best.live = live;
  return best;
}

}  // namespace corecast::executor
