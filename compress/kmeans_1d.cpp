#include "compress/kmeans_1d.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace corecast::compress {

namespace {

// Sums of products differ from the truth by about this much of the total.
constexpr double kNoise = 1e-14;
constexpr int kMostRounds = 100;

}  // namespace

void Kmeans1d::prefix(const Points1d& points) {
  const std::size_t n = points.size(), middle = n / 2;
  const double centre = points.values[middle];
  auto& [weight, sum, squares] = nodes_;
  weight.resize(n + 1 + kWalkPadding);
  sum.resize(n + 1 + kWalkPadding);
  squares.resize(n + 1);
  weight[middle] = sum[middle] = squares[middle] = 0;
  for (std::size_t i = middle; i < n; ++i) {
    const double d = points.values[i] - centre, wd = points.weights[i] * d;
    weight[i + 1] = weight[i] + points.weights[i];
    sum[i + 1] = sum[i] + wd;
    squares[i + 1] = squares[i] + wd * d;
  }
  for (std::size_t i = middle; i-- > 0;) {
    const double d = points.values[i] - centre, wd = points.weights[i] * d;
    weight[i] = weight[i + 1] - points.weights[i];
    sum[i] = sum[i + 1] - wd;
    squares[i] = squares[i + 1] - wd * d;
  }
}

void Kmeans1d::add_run(Path& path, std::int32_t from, std::int32_t end) const {
  if (end - from == 1) return;  // costs nothing, for certain
  const double squares = nodes_.squares[static_cast<std::size_t>(end)] -
                         nodes_.squares[static_cast<std::size_t>(from)];
  const double sum = sum_of(from, end);
  path.cost += std::max(0.0, squares - sum * sum / weight_of(from, end));
  path.noise += kNoise * squares;
}

/// The shortest way when each run costs `price` more, into path_. Returns its length, price
/// included.
double Kmeans1d::walk(std::int32_t n, double price) {
  const auto nodes = static_cast<std::size_t>(n) + 1;
  if (queue_.size() < nodes) {
    best_.resize(nodes);
    queue_.resize(nodes);
    from_.resize(nodes);
  }
  // From there on every length is its cost less the squares (from the middle on) up to there: small
  // numbers wherever the points are close to the middle.
  best_[0] = -nodes_.squares[0];
  kernels().palette.walk(
      {nodes_.weight.data(), nodes_.sum.data(), best_.data(), from_.data(), queue_.data()}, n,
      price);
  path_.ends.clear();
  path_.cost = path_.noise = 0;
  for (std::int32_t j = n; j > 0;) {
    path_.ends.push_back(j);
    const std::int32_t i = from_[static_cast<std::size_t>(j)];
    add_run(path_, i, j);
    j = i;
  }
  std::reverse(path_.ends.begin(), path_.ends.end());
  return path_.cost + price * static_cast<double>(path_.ends.size());
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
    root += std::cbrt((nodes_.weight[end] - nodes_.weight[first]) * width * width);
  }
  const double runs = static_cast<double>(k);
  // With few runs it costs somewhat less than that.
  return 0.94 * root * root * root / (6 * runs * runs * runs);
}

/// The best path of exactly k runs (1 < k < points), into path_. Returns how much shorter, at most,
/// another one could be: 0 when the price was found.
double Kmeans1d::search(const Points1d& points, int k) {
  const std::size_t n = points.size();
  const auto last = static_cast<std::int32_t>(n);
  few_.ends.assign(1, last);
  few_.cost = few_.noise = 0;
  add_run(few_, 0, last);
  many_.ends.clear();  // a run for each point, filled in when it is needed
  many_.cost = many_.noise = 0;
  double low = 0, high = std::numeric_limits<double>::infinity();
  double price = guess_price(points, k);
  double proven = -std::numeric_limits<double>::infinity();
  for (int round = 0; round < kMostRounds; ++round) {
    const std::int64_t most = many_.ends.empty() ? last : many_.runs();
    // The price at which the two known paths cost the same: it finds what lies below their chord.
    const double chord = (few_.cost - many_.cost) / static_cast<double>(most - few_.runs());
    const bool close = most - few_.runs() <= 2 + k / 8 || round > 12;
    if (close || !(price > low && price < high)) price = chord;
    const double length = walk(last, price);
    proven = std::max(proven, length - price * k - path_.noise);
    if (path_.runs() == k) return 0;
    if (price == chord &&
        length >= few_.cost + price * static_cast<double>(few_.runs()) - few_.noise - path_.noise)
      break;  // nothing below the chord: all between its ends cost the same
    const double ratio = static_cast<double>(path_.runs()) / k;
    if (path_.runs() < k) {
      high = std::min(high, price);
      if (path_.runs() >= few_.runs()) std::swap(few_, path_);
    } else {
      low = std::max(low, price);
      if (path_.runs() <= most) std::swap(many_, path_);
    }
    price *= ratio * ratio * ratio;
  }
  if (many_.ends.empty())
    for (std::int32_t i = 1; i <= last; ++i) many_.ends.push_back(i);
  stitch(k);
  const double gap = path_.cost - proven;
  return gap > 4 * path_.noise ? gap : 0;
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
    path_.cost = path_.noise = 0;
    std::int32_t from = 0;
    for (const std::int32_t end : path_.ends) {
      add_run(path_, from, end);
      from = end;
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
/// inside one can save is the same everywhere.
Kmeans1d::Lost Kmeans1d::fill_buckets(const Points1d& points, int k, int target) {
  const std::size_t n = points.size();
  const double range = points.values.back() - points.values.front();
  const std::size_t block = std::max<std::size_t>(1, n / 256);
  double root = 0;
  for (std::size_t i = 0; i < n; i += block) {
    const std::size_t end = std::min(i + block, n);
    const double width = points.values[std::min(end, n - 1)] - points.values[i];
    root += std::sqrt((nodes_.weight[end] - nodes_.weight[i]) * width);
  }
  const double most = root * root / (static_cast<double>(target) * target);
  const double widest = range * 16 / target;
  buckets_.clear();
  bucket_ends_.clear();
  double largest = 0, width_used = 0, inside = 0;
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
      for (std::size_t p = i; p < end; ++p) {
        const double d = points.values[p] - mean, wd = points.weights[p] * std::abs(d);
        deviation += wd;
        inside += wd * std::abs(d);
      }
      largest = std::max(largest, deviation);
      width_used = std::max(width_used, points.values[end - 1] - low);
    }
    buckets_.add(mean, weight);
    bucket_ends_.push_back(static_cast<std::int32_t>(end));
    i = end;
  }
  return {largest * (range + 2 * width_used * (k - 1)), inside};
}

/// Moves cuts to the middle between the means of their sides until nothing changes (Lloyd).
void Kmeans1d::settle(const Points1d& points) {
  const double origin = points.values[points.size() / 2];
  const auto mean = [&](std::int32_t from, std::int32_t end) {
    return origin + sum_of(from, end) / weight_of(from, end);
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
  const auto [lost, inside] = fill_buckets(points, k, target);
  if (static_cast<int>(buckets_.size()) <= k) return false;
  std::swap(nodes_, spare_);
  prefix(buckets_);
  const double gap = search(buckets_, k);
  ends_ = path_.ends;
  measure(buckets_);
  const double bound = (cost_ + inside) * (1 - 1e-12) - gap - lost;
  for (std::int32_t& end : ends_) end = bucket_ends_[static_cast<std::size_t>(end - 1)];
  std::swap(nodes_, spare_);
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
