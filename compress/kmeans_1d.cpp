#include "compress/kmeans_1d.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace corecast::compress {

namespace {

// Sums of products differ from the truth by about this much of the total.
constexpr double kNoise = 1e-13;
constexpr int kMostRounds = 100;

}  // namespace

void Kmeans1d::prefix(const Points1d& points) {
  const std::size_t n = points.size(), middle = n / 2;
  const double centre = points.values[middle];
  nodes_.resize(n + 1);
  nodes_[middle] = {0, 0, 0};
  for (std::size_t i = middle; i < n; ++i)
    nodes_[i + 1] = {nodes_[i].weight + points.weights[i],
                     nodes_[i].sum + points.weights[i] * (points.values[i] - centre), 0};
  for (std::size_t i = middle; i-- > 0;)
    nodes_[i] = {nodes_[i + 1].weight - points.weights[i],
                 nodes_[i + 1].sum - points.weights[i] * (points.values[i] - centre), 0};
}

// Whether the way over `later` to `at` is shorter than the one over `earlier`. By the Monge
// inequality it then is so for everything behind `at` too.
inline bool Kmeans1d::beats(const Node& later, const Node& earlier, const Node& at) {
  const double wl = at.weight - later.weight, we = at.weight - earlier.weight;
  const double sl = at.sum - later.sum, se = at.sum - earlier.sum;
  return (later.best - earlier.best) * (wl * we) < sl * sl * we - se * se * wl;
}

/// Enters node j as a candidate for the last cut before the nodes behind it.
inline void Kmeans1d::push(std::int32_t j, std::int32_t n, std::int32_t head, std::int32_t& tail) {
  const Node later = nodes_[static_cast<std::size_t>(j)];
  const auto wins = [&](std::int32_t against, std::int32_t at) {
    return beats(later, nodes_[static_cast<std::size_t>(against)],
                 nodes_[static_cast<std::size_t>(at)]);
  };
  for (;;) {
    const Candidate last = queue_[static_cast<std::size_t>(tail)];
    std::int32_t lo = std::max(last.since, j + 1);
    if (wins(last.from, lo)) {
      if (tail == head) {
        queue_[static_cast<std::size_t>(tail)] = {j, j + 1};
        return;
      }
      --tail;
      continue;
    }
    if (!wins(last.from, n)) return;
    // It starts to win behind lo, mostly soon: steps that double, then halve.
    std::int32_t step = 1;
    while (lo + step < n && !wins(last.from, lo + step)) {
      lo += step;
      step *= 2;
    }
    std::int32_t hi = std::min(lo + step, n);
    while (hi - lo > 1) {
      const std::int32_t middle = lo + (hi - lo) / 2;
      (wins(last.from, middle) ? hi : lo) = middle;
    }
    queue_[static_cast<std::size_t>(++tail)] = {j, hi};
    return;
  }
}

/// The shortest way when each run costs `price` more, into path_. Returns its length, price
/// included.
double Kmeans1d::walk(double price) {
  const auto n = static_cast<std::int32_t>(nodes_.size()) - 1;
  queue_.resize(nodes_.size());
  from_.resize(nodes_.size());
  std::int32_t head = 0, tail = 0;
  nodes_[0].best = 0;
  queue_[0] = {0, 1};
  for (std::int32_t j = 1; j <= n; ++j) {
    while (head < tail && queue_[static_cast<std::size_t>(head + 1)].since <= j) ++head;
    const std::int32_t i = queue_[static_cast<std::size_t>(head)].from;
    const Node& a = nodes_[static_cast<std::size_t>(i)];
    Node& b = nodes_[static_cast<std::size_t>(j)];
    const double sum = b.sum - a.sum;
    b.best = a.best + price - sum * sum / (b.weight - a.weight);
    from_[static_cast<std::size_t>(j)] = i;
    if (j < n) push(j, n, head, tail);
  }
  path_.ends.clear();
  path_.explained = 0;
  for (std::int32_t j = n; j > 0;) {
    path_.ends.push_back(j);
    const std::int32_t i = from_[static_cast<std::size_t>(j)];
    const Node &a = nodes_[static_cast<std::size_t>(i)], &b = nodes_[static_cast<std::size_t>(j)];
    path_.explained -= (b.sum - a.sum) * (b.sum - a.sum) / (b.weight - a.weight);
    j = i;
  }
  std::reverse(path_.ends.begin(), path_.ends.end());
  return path_.explained + price * static_cast<double>(path_.ends.size());
}

/// The gain of one more run that a smooth density of the same shape would have (Panter and Dite
/// 1951): with k runs it costs (integral of density^(1/3))^3 / (12 k^2).
double Kmeans1d::guess_price(const Points1d& points, int k) const {
  const std::size_t n = points.size();
  const std::size_t blocks = std::clamp<std::size_t>(n / 8, 4, 256);
  double root = 0;
  for (std::size_t b = 0; b < blocks; ++b) {
    const std::size_t first = b * n / blocks, end = (b + 1) * n / blocks;
    if (first == end) continue;
    const double width = points.values[std::min(end, n - 1)] - points.values[first];
    root += std::cbrt((nodes_[end].weight - nodes_[first].weight) * width * width);
  }
  const double runs = static_cast<double>(k);
  return root * root * root / (6 * runs * runs * runs);
}

/// The best path of exactly k runs (1 < k < points), into path_. Returns how much shorter, at most,
/// another one could be: 0 when the price was found.
double Kmeans1d::search(const Points1d& points, int k) {
  const std::size_t n = points.size();
  const Node &first = nodes_.front(), &last = nodes_.back();
  const double total = last.sum - first.sum;
  few_.ends.assign(1, static_cast<std::int32_t>(n));
  few_.explained = -total * total / (last.weight - first.weight);
  many_.ends.resize(n);
  many_.explained = 0;
  for (std::size_t i = 0; i < n; ++i) {
    many_.ends[i] = static_cast<std::int32_t>(i + 1);
    const double sum = nodes_[i + 1].sum - nodes_[i].sum;
    many_.explained -= sum * sum / (nodes_[i + 1].weight - nodes_[i].weight);
  }
  const double noise =
      kNoise * std::max({-few_.explained, -many_.explained, std::numeric_limits<double>::min()});
  double low = 0, high = std::numeric_limits<double>::infinity();
  double price = guess_price(points, k);
  double proven = -std::numeric_limits<double>::infinity();
  for (int round = 0; round < kMostRounds; ++round) {
    // The price at which the two known paths cost the same: it finds what lies below their chord.
    const double chord =
        (few_.explained - many_.explained) / static_cast<double>(many_.runs() - few_.runs());
    const bool close = many_.runs() - few_.runs() <= 2 + k / 8 || round > 12;
    if (close || !(price > low && price < high)) price = chord;
    const double length = walk(price);
    proven = std::max(proven, length - price * k);
    if (path_.runs() == k) return 0;
    if (price == chord &&
        length >= few_.explained + price * static_cast<double>(few_.runs()) - noise)
      break;  // nothing below the chord: all between its ends cost the same
    const double ratio = static_cast<double>(path_.runs()) / k;
    if (path_.runs() < k) {
      high = std::min(high, price);
      if (path_.runs() >= few_.runs()) std::swap(few_, path_);
    } else {
      low = std::max(low, price);
      if (path_.runs() <= many_.runs()) std::swap(many_, path_);
    }
    price *= ratio * ratio * ratio;
  }
  stitch(k);
  const double gap = path_.explained - proven;
  return gap > 2 * noise ? gap : 0;
}

/// A path of k runs out of one of fewer and one of more: where a run of the first spans a run of
/// the second, the ways can be swapped (Monge), and the two new paths together are no longer.
void Kmeans1d::stitch(int k) {
  const auto at = [](const Path& p, std::int64_t t) {
    return t == 0 ? 0 : p.ends[static_cast<std::size_t>(t - 1)];
  };
  const std::int64_t shift = k - few_.runs();
  for (std::int64_t j = 0; j < few_.runs(); ++j) {
    if (at(few_, j) > at(many_, j + shift) || at(many_, j + shift + 1) > at(few_, j + 1)) continue;
    path_.ends.assign(many_.ends.begin(), many_.ends.begin() + (j + shift));
    path_.ends.insert(path_.ends.end(), few_.ends.begin() + j, few_.ends.end());
    path_.explained = 0;
    std::size_t from = 0;
    for (const std::int32_t end : path_.ends) {
      const Node &a = nodes_[from], &b = nodes_[static_cast<std::size_t>(end)];
      path_.explained -= (b.sum - a.sum) * (b.sum - a.sum) / (b.weight - a.weight);
      from = static_cast<std::size_t>(end);
    }
    return;
  }
  CC_UNREACHABLE("one run spans another");
}

/// Means and cost of the runs, from the points themselves.
void Kmeans1d::measure(const Points1d& points) {
  centres_.resize(ends_.size());
  cost_ = 0;
  std::size_t from = 0;
  for (std::size_t r = 0; r < ends_.size(); ++r) {
    const auto end = static_cast<std::size_t>(ends_[r]);
    const double origin = points.values[from + (end - from) / 2];
    double weight = 0, sum = 0, squares = 0;
    for (std::size_t i = from; i < end; ++i) {
      const double d = points.values[i] - origin, wd = points.weights[i] * d;
      weight += points.weights[i];
      sum += wd;
      squares += wd * d;
    }
    const double mean = sum / weight;
    centres_[r] = std::clamp(origin + mean, points.values[from], points.values[end - 1]);
    cost_ += std::max(0.0, squares - sum * mean);
    from = end;
  }
}

/// Joins neighbours into about `target` buckets (their means, in buckets_), so that what a cut
/// inside one can save is the same everywhere. Returns at most how much all cuts inside buckets
/// can save per cut distance: see in_buckets.
double Kmeans1d::fill_buckets(const Points1d& points, int k, int target) {
  const std::size_t n = points.size();
  const double range = points.values.back() - points.values.front();
  const std::size_t block = std::max<std::size_t>(1, n / 256);
  double root = 0;
  for (std::size_t i = 0; i < n; i += block) {
    const std::size_t end = std::min(i + block, n);
    const double width = points.values[std::min(end, n - 1)] - points.values[i];
    root += std::sqrt((nodes_[end].weight - nodes_[i].weight) * width);
  }
  const double most = root * root / (static_cast<double>(target) * target);
  const double widest = range * 16 / target;
  buckets_.clear();
  bucket_ends_.clear();
  double largest = 0, width_used = 0;
  for (std::size_t i = 0; i < n;) {
    const double low = points.values[i];
    double weight = points.weights[i], sum = 0;
    std::size_t end = i + 1;
    for (; end < n; ++end) {
      const double width = points.values[end] - low, more = weight + points.weights[end];
      if (width > widest || width * more > most) break;
      weight = more;
      sum += points.weights[end] * width;
    }
    const double mean = low + sum / weight;
    if (end - i > 1) {
      double deviation = 0;
      for (std::size_t p = i; p < end; ++p)
        deviation += points.weights[p] * std::abs(points.values[p] - mean);
      largest = std::max(largest, deviation);
      width_used = std::max(width_used, points.values[end - 1] - low);
    }
    buckets_.add(mean, weight);
    bucket_ends_.push_back(static_cast<std::int32_t>(end));
    i = end;
  }
  return largest * (range + 2 * width_used * (k - 1));
}

/// Moves cuts to the middle between the means of their sides until nothing changes (Lloyd).
void Kmeans1d::settle(const Points1d& points) {
  const double origin = points.values[points.size() / 2];
  const auto mean = [&](std::int32_t from, std::int32_t end) {
    const Node &a = nodes_[static_cast<std::size_t>(from)],
               &b = nodes_[static_cast<std::size_t>(end)];
    return origin + (b.sum - a.sum) / (b.weight - a.weight);
  };
  for (int round = 0, moved = 1; round < 30 && moved; ++round) {
    moved = 0;
    std::int32_t from = 0;
    double left = mean(0, ends_[0]);
    for (std::size_t r = 0; r + 1 < ends_.size(); ++r) {
      const double right = mean(ends_[r], ends_[r + 1]), middle = (left + right) / 2;
      std::int32_t cut = ends_[r];
      while (cut + 1 < ends_[r + 1] && points.values[static_cast<std::size_t>(cut)] <= middle)
        ++cut;
      while (cut - 1 > from && points.values[static_cast<std::size_t>(cut - 1)] > middle) --cut;
      moved += cut != ends_[r];
      ends_[r] = cut;
      from = cut;
      left = right;
    }
  }
}

/// The answer by way of buckets; false when that proves too little.
///
/// The bound: take the best split of the points themselves and move each cut to an edge of its
/// bucket. By duality the bucketed optimum (with the error inside of buckets) exceeds the true one
/// by at most the sum over cuts of D * M: D the distance of the two centres beside the cut, M the
/// sum of weight * |value - mean| in the bucket. The D of all cuts together are at most the range,
/// and a cut's bucket reaches beyond its centres by at most its width on each side.
bool Kmeans1d::in_buckets(const Points1d& points, int k, double slack) {
  const int target = 128 * std::max(k, 4);
  if (static_cast<int>(points.size()) <= target + target / 2) return false;
  prefix(points);
  const double lost = fill_buckets(points, k, target);
  if (static_cast<int>(buckets_.size()) <= k) return false;
  prefix(buckets_);
  const double gap = search(buckets_, k);
  ends_.clear();
  for (const std::int32_t end : path_.ends)
    ends_.push_back(bucket_ends_[static_cast<std::size_t>(end - 1)]);
  measure(points);
  const double bound = cost_ * (1 - 1e-12) - gap - lost;
  prefix(points);
  settle(points);
  measure(points);
  bound_ = std::min(std::max(bound, 0.0), cost_);
  return cost_ <= bound_ * (1 + slack);
}

void Kmeans1d::solve(const Points1d& points, int k, double slack) {
  CC_CHECK(k >= 1, "at least one run");
  const auto n = static_cast<std::int32_t>(points.size());
  ends_.clear();
  centres_.clear();
  cost_ = bound_ = 0;
  if (n == 0) return;
  if (n <= k) {
    for (std::int32_t i = 1; i <= n; ++i) ends_.push_back(i);
    centres_ = points.values;
    return;
  }
  if (k == 1) {
    ends_ = {n};
    measure(points);
    bound_ = cost_ * (1 - 1e-12);
    return;
  }
  if (slack > 0 && in_buckets(points, k, slack)) return;
  prefix(points);
  const double gap = search(points, k);
  ends_ = path_.ends;
  measure(points);
  bound_ = std::max(0.0, cost_ * (1 - 1e-12) - gap);
}

}  // namespace corecast::compress
