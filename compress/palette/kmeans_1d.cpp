#include "compress/palette/kmeans_1d.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace corecast::compress {

namespace {

// Sums of products differ from the truth by about this much of the total.
constexpr double kNoise = 1e-14;
constexpr int kMostRounds = 100;
constexpr int kBucketsPerRun = 32;

}  // namespace

void Kmeans1d::prefix(const Points1d& points) {
  const std::size_t n = points.size(), middle = n / 2;
  const double center = points.values[middle];
  auto& [weight, sum, squares] = nodes_;
  weight.resize(n + 1 + kWalkPadding);
  sum.resize(n + 1 + kWalkPadding);
  squares.resize(n + 1);
  weight[middle] = sum[middle] = squares[middle] = 0;
  for (std::size_t i = middle; i < n; ++i) {
    const double d = points.values[i] - center, wd = points.weights[i] * d;
    weight[i + 1] = weight[i] + points.weights[i];
    sum[i + 1] = sum[i] + wd;
    squares[i + 1] = squares[i] + wd * d;
  }
  for (std::size_t i = middle; i-- > 0;) {
    const double d = points.values[i] - center, wd = points.weights[i] * d;
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
/// another one could be: 0 when the price was found. `price` is the first to try, and becomes the
/// last that was.
double Kmeans1d::search(const Points1d& points, int k, double& price) {
  const std::size_t n = points.size();
  const auto last = static_cast<std::int32_t>(n);
  few_.ends.assign(1, last);
  few_.cost = few_.noise = 0;
  add_run(few_, 0, last);
  many_.ends.clear();  // a run for each point, filled in when it is needed
  many_.cost = many_.noise = 0;
  double low = 0, high = std::numeric_limits<double>::infinity();
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
  centers_.resize(ends_.size());
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
    centers_[r] = std::clamp(origin + mean, points.values[from], points.values[end - 1]);
    cost_ += std::max(0.0, squares - sum * mean);
    from = end;
  }
}

/// Joins neighbours into about `target` buckets (their means, in buckets_), narrow where the points
/// are dense.
void Kmeans1d::fill_buckets(const Points1d& points, int target) {
  const std::size_t n = points.size();
  const std::size_t block = std::max<std::size_t>(1, n / 256);
  double root = 0;
  for (std::size_t i = 0; i < n; i += block) {
    const std::size_t end = std::min(i + block, n);
    const double width = points.values[std::min(end, n - 1)] - points.values[i];
    root += std::sqrt((nodes_.weight[end] - nodes_.weight[i]) * width);
  }
  const double most = root * root / (static_cast<double>(target) * target);
  const double widest = (points.values.back() - points.values.front()) * 16 / target;
  buckets_.clear();
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
    buckets_.add(low + sum / weight, weight);
    i = end;
  }
}

/// The price that is right for buckets: with it most searches end after one walk over the points.
double Kmeans1d::price_of_buckets(const Points1d& points, int k) {
  fill_buckets(points, kBucketsPerRun * std::max(k, 4));
  double price = guess_price(points, k);
  if (static_cast<int>(buckets_.size()) <= k) return price;
  std::swap(nodes_, spare_);
  prefix(buckets_);
  search(buckets_, k, price);
  std::swap(nodes_, spare_);
  return price;
}

void Kmeans1d::solve(const Points1d& points, int k) {
  CC_CHECK(k >= 1, "at least one run");
  const auto n = static_cast<std::int32_t>(points.size());
  ends_.clear();
  centers_.clear();
  cost_ = bound_ = 0;
  if (n == 0) return;
  if (n <= k) {
    for (std::int32_t i = 1; i <= n; ++i) ends_.push_back(i);
    centers_ = points.values;
    return;
  }
  if (k == 1) {
    ends_ = {n};
    measure(points);
    bound_ = cost_ * (1 - 1e-12);
    return;
  }
  prefix(points);
  const bool many = n > 2 * kBucketsPerRun * std::max(k, 4);
  double price = many ? price_of_buckets(points, k) : guess_price(points, k);
  const double gap = search(points, k, price);
  ends_ = path_.ends;
  measure(points);
  bound_ = std::max(0.0, cost_ * (1 - 1e-12) - gap);
}

}  // namespace corecast::compress
