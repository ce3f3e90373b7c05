#include "compress/goal/knapsack.h"

#include <algorithm>
#include <queue>

#include "base/check.h"

namespace corecast::compress {
namespace {

/// Indices of the choices on the lower convex hull of loss over bytes, smallest first.
std::vector<std::size_t> hull(const std::vector<Choice>& choices) {
  std::vector<std::size_t> order(choices.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const Choice &x = choices[a], &y = choices[b];
    return x.bytes != y.bytes ? x.bytes < y.bytes : x.loss != y.loss ? x.loss < y.loss : a < b;
  });
  std::vector<std::size_t> out;
  const auto slope = [&](std::size_t a, std::size_t b) {
    return (choices[a].loss - choices[b].loss) /
           static_cast<double>(choices[b].bytes - choices[a].bytes);
  };
  for (const std::size_t i : order) {
    if (!out.empty() && choices[i].loss >= choices[out.back()].loss) continue;
    if (!out.empty() && choices[i].bytes == choices[out.back()].bytes) continue;
    while (out.size() >= 2 && slope(out[out.size() - 2], out.back()) <= slope(out.back(), i))
      out.pop_back();
    out.push_back(i);
  }
  return out;
}

struct Upgrade {
  double gain = 0;  ///< loss saved per byte
  std::size_t item = 0, step = 0;
  bool operator<(const Upgrade& other) const {
    return gain != other.gain ? gain < other.gain : item > other.item;
  }
};

/// Replaces one choice at a time by whatever fits and saves most, until nothing does.
void exchange(const std::vector<std::vector<Choice>>& items, std::size_t budget, std::size_t used,
              std::vector<std::size_t>& picked) {
  for (;;) {
    double best = 0;
    std::size_t item = 0, choice = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Choice& now = items[i][picked[i]];
      for (std::size_t c = 0; c < items[i].size(); ++c) {
        const Choice& other = items[i][c];
        if (used - now.bytes + other.bytes > budget || !(now.loss - other.loss > best)) continue;
        best = now.loss - other.loss;
        item = i;
        choice = c;
      }
    }
    if (!(best > 0)) return;
    used = used - items[item][picked[item]].bytes + items[item][choice].bytes;
    picked[item] = choice;
  }
}

}  // namespace

std::optional<std::vector<std::size_t>> knapsack(const std::vector<std::vector<Choice>>& items,
                                                 std::size_t budget) {
  std::vector<std::vector<std::size_t>> hulls;
  std::vector<std::size_t> picked;
  std::size_t used = 0;
  std::priority_queue<Upgrade> queue;
  const auto push = [&](std::size_t item, std::size_t step) {
    const auto& h = hulls[item];
    if (step + 1 >= h.size()) return;
    const Choice &a = items[item][h[step]], &b = items[item][h[step + 1]];
    queue.push({(a.loss - b.loss) / static_cast<double>(b.bytes - a.bytes), item, step});
  };
  for (std::size_t i = 0; i < items.size(); ++i) {
    CC_CHECK(!items[i].empty(), "every item needs a choice");
    hulls.push_back(hull(items[i]));
    picked.push_back(hulls[i][0]);
    used += items[i][picked[i]].bytes;
  }
  if (used > budget) return std::nullopt;
  for (std::size_t i = 0; i < items.size(); ++i) push(i, 0);
  while (!queue.empty()) {
    const Upgrade u = queue.top();
    queue.pop();
    const auto& h = hulls[u.item];
    const std::size_t next =
        used - items[u.item][h[u.step]].bytes + items[u.item][h[u.step + 1]].bytes;
    if (next > budget) continue;  // this item stays; smaller upgrades of others may fit
    used = next;
    picked[u.item] = h[u.step + 1];
    push(u.item, u.step + 1);
  }
  exchange(items, budget, used, picked);
  return picked;
}

}  // namespace corecast::compress
