// k-means on a line: the best split of sorted values into k runs, found exactly.
//
// The cost of a run (its weighted squared distance to its mean) satisfies the Monge inequality, so
// that the best cost is convex in k. A price for every run (Lagrange multiplier) turns "exactly k
// runs" into a shortest path, which a queue of candidates solves in about n steps; the right price
// is found in a few rounds. (Wu 1991; Aggarwal, Schieber and Tokuyama 1994.)
#pragma once

#include <cstdint>
#include <vector>

#include "compress/cpu/kernels.h"

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
  /// The best split of the points into min(k, points) runs.
  void solve(const Points1d& points, int k);

  /// Run r holds the points [ends[r - 1], ends[r]) (from 0 for the first).
  const std::vector<std::int32_t>& ends() const { return ends_; }
  const std::vector<double>& centers() const { return centers_; }  ///< weighted means, ascending
  double cost() const { return cost_; }                            ///< sum of weight * distance^2
  double bound() const { return bound_; }                          ///< no split costs less

 private:
  struct Path {
    std::vector<std::int32_t> ends;
    double cost = 0, noise = 0;  // the cost is certain up to the noise
    std::int64_t runs() const { return static_cast<std::int64_t>(ends.size()); }
  };

  void prefix(const Points1d& points);
  double guess_price(const Points1d& points, int k) const;
  double walk(std::int32_t n, double price);
  double search(const Points1d& points, int k, double& price);
  void stitch(int k);
  void fill_buckets(const Points1d& points, int target);
  double price_of_buckets(const Points1d& points, int k);
  void measure(const Points1d& points);

  /// Of the points [from, end).
  double weight_of(std::int32_t from, std::int32_t end) const {
    return nodes_.weight[static_cast<std::size_t>(end)] -
           nodes_.weight[static_cast<std::size_t>(from)];
  }
  double sum_of(std::int32_t from, std::int32_t end) const {
    return nodes_.sum[static_cast<std::size_t>(end)] - nodes_.sum[static_cast<std::size_t>(from)];
  }
  void add_run(Path& path, std::int32_t from, std::int32_t end) const;

  // Sums over the points before a node, counted from the middle one outwards: differences between
  // neighbours stay exact next to far outliers.
  struct Sums {
    std::vector<double> weight, sum, squares;
  };
  Sums nodes_, spare_;
  std::vector<double> best_;
  std::vector<std::int32_t> from_;
  std::vector<WalkCandidate> queue_;
  Path path_, few_, many_;
  Points1d buckets_;
  std::vector<std::int32_t> ends_;
  std::vector<double> centers_;
  double cost_ = 0, bound_ = 0;
};

}  // namespace corecast::compress
