// k-means on a line: the best split of sorted values into k runs, found exactly.
//
// The cost of a run (its weighted squared distance to its mean) satisfies the Monge inequality, so
// that the best cost is convex in k. A price for every run (Lagrange multiplier) turns "exactly k
// runs" into a shortest path, which a queue of candidates solves in about n steps; the right price
// is found in a few rounds. (Wu 1991; Aggarwal, Schieber and Tokuyama 1994.)
#pragma once

#include <cstdint>
#include <vector>

namespace corecast::compress {

/// Distinct values, ascending, and how much each counts (> 0).
struct Points1d {
  std::vector<double> values;
  std::vector<double> weights;

  std::size_t size() const { return values.size(); }
  void clear() {
    values.clear();
    weights.clear();
  }
  void add(double value, double weight) {
    values.push_back(value);
    weights.push_back(weight);
  }
};

/// Keeps its memory from one call to the next.
class Kmeans1d {
 public:
  /// Splits the points into min(k, points) runs. slack 0: exactly. Otherwise many points may be
  /// taken in buckets, where that provably makes cost <= bound * (1 + slack).
  void solve(const Points1d& points, int k, double slack);

  /// Run r holds the points [ends[r - 1], ends[r]) (from 0 for the first).
  const std::vector<std::int32_t>& ends() const { return ends_; }
  const std::vector<double>& centres() const { return centres_; }  ///< weighted means, ascending
  double cost() const { return cost_; }                            ///< sum of weight * distance^2
  double bound() const { return bound_; }                          ///< no split costs less

 private:
  // Sums of all points before this one, counted from the middle one outwards: differences between
  // neighbours stay exact next to far outliers. `best` is the price of the way to here, less the
  // squares.
  struct Node {
    double weight, sum, best;
  };
  struct Candidate {
    std::int32_t from, since;
  };
  // A way through the nodes, without the squares: that constant is the same for all.
  struct Path {
    std::vector<std::int32_t> ends;
    double explained = 0;  // minus the sum over runs of sum^2 / weight
    std::int64_t runs() const { return static_cast<std::int64_t>(ends.size()); }
  };

  static bool beats(const Node& later, const Node& earlier, const Node& at);
  void prefix(const Points1d& points);
  double guess_price(const Points1d& points, int k) const;
  double walk(double price);
  void push(std::int32_t j, std::int32_t n, std::int32_t head, std::int32_t& tail);
  double search(const Points1d& points, int k);
  void stitch(int k);
  bool in_buckets(const Points1d& points, int k, double slack);
  double fill_buckets(const Points1d& points, int k, int target);
  void settle(const Points1d& points);
  void measure(const Points1d& points);

  std::vector<Node> nodes_;
  std::vector<Candidate> queue_;
  std::vector<std::int32_t> from_;
  Path path_, few_, many_;
  Points1d buckets_;
  std::vector<std::int32_t> bucket_ends_;
  std::vector<std::int32_t> ends_;
  std::vector<double> centres_;
  double cost_ = 0, bound_ = 0;
};

}  // namespace corecast::compress
