#include "compress/palette/kmeans_1d.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "tests/support/catch.h"

using corecast::compress::Kmeans1d;
using corecast::compress::Points1d;

namespace {

double cost_of(const Points1d& p, std::size_t from, std::size_t end) {
  double weight = 0, mean = 0, cost = 0;
  for (std::size_t i = from; i < end; ++i) {
    weight += p.weights[i];
    mean += p.weights[i] * p.values[i];
  }
  mean /= weight;
  for (std::size_t i = from; i < end; ++i)
    cost += p.weights[i] * (p.values[i] - mean) * (p.values[i] - mean);
  return cost;
}

/// The plain programme over all splits.
double best_cost(const Points1d& p, int k) {
  const std::size_t n = p.size();
  const double never = std::numeric_limits<double>::infinity();
  std::vector<double> before(n + 1, never), now(n + 1);
  std::vector<double> costs(n * (n + 1));  // of the run [i, j), one point after the other (Welford)
  for (std::size_t i = 0; i < n; ++i) {
    double weight = 0, mean = 0, cost = 0;
    for (std::size_t j = i; j < n; ++j) {
      const double d = p.values[j] - mean;
      weight += p.weights[j];
      mean += d * p.weights[j] / weight;
      cost += p.weights[j] * d * (p.values[j] - mean);
      costs[i * (n + 1) + j + 1] = cost;
    }
  }
  before[0] = 0;
  for (int r = 0; r < k; ++r) {
    std::fill(now.begin(), now.end(), never);
    now[0] = 0;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = i + 1; j <= n; ++j)
        now[j] = std::min(now[j], before[i] + costs[i * (n + 1) + j]);
    before = now;
  }
  return before[n];
}

double cost_of(const Points1d& p, const Kmeans1d& solution) {
  double cost = 0;
  std::size_t from = 0;
  for (const auto end : solution.ends()) {
    CHECK(static_cast<std::size_t>(end) > from);
    cost += cost_of(p, from, static_cast<std::size_t>(end));
    from = static_cast<std::size_t>(end);
  }
  CHECK(from == p.size());
  return cost;
}

/// Sorted and distinct, however they were drawn.
Points1d points_of(std::vector<double> values, std::mt19937_64& random, bool weighted) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  Points1d p;
  for (const double v : values)
    p.add(v, weighted ? std::uniform_real_distribution<double>(1e-3, 10)(random) : 1);
  return p;
}

}  // namespace

TEST_CASE("k-means on a line finds the best split") {
  const auto seed = GENERATE(range(1u, 120u));
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  const int kind = static_cast<int>(seed % 5);
  std::vector<double> values;
  const std::size_t n = 2 + random() % 60;
  for (std::size_t i = 0; i < n; ++i) {
    const double u = std::uniform_real_distribution<double>(-1, 1)(random);
    if (kind == 0) values.push_back(u);
    if (kind == 1) values.push_back(static_cast<double>(i));  // ties wherever one looks
    if (kind == 2) values.push_back(std::pow(u, 9) * 65504);
    if (kind == 3) values.push_back(u * 1e-7 + (i % 7 == 0 ? 1e4 : i % 3 == 0 ? -3 : 0));
    if (kind == 4) values.push_back(std::round(u * 12));
  }
  const Points1d p = points_of(values, random, seed % 2 == 0);
  Kmeans1d solver;
  for (int k = 1; k <= std::min(20, static_cast<int>(p.size())); ++k) {
    INFO("k " << k << ", points " << p.size());
    solver.solve(p, k);
    CHECK(solver.ends().size() == static_cast<std::size_t>(k));
    const double best = best_cost(p, k), cost = cost_of(p, solver);
    // What the squares of the values themselves, far from their mean, lose to rounding.
    const double noise = 1e-9 * best + 1e-13 * cost_of(p, 0, p.size());
    CHECK(cost <= best + noise);
    CHECK(solver.cost() == Approx(cost).epsilon(1e-9).margin(noise));
    CHECK(solver.bound() <= best + noise);
    CHECK(solver.bound() >= best * (1 - 1e-9) - noise);
    CHECK(std::is_sorted(solver.centers().begin(), solver.centers().end()));
  }
}

TEST_CASE("k-means on a line: far outliers do not blur what lies close together") {
  Points1d p;
  p.add(-65504, 3);
  for (int i = 0; i < 300; ++i) p.add(1e-4 * std::sin(i * 0.00523), 1000);
  p.add(65504, 1);
  Points1d near;
  for (std::size_t i = 1; i + 1 < p.size(); ++i) near.add(p.values[i], p.weights[i]);
  Kmeans1d all, inner;
  all.solve(p, 18);
  inner.solve(near, 16);
  CHECK(inner.cost() > 0);
  CHECK(all.cost() == Approx(inner.cost()).epsilon(1e-3));
}

TEST_CASE("k-means on a line: the price of buckets leads to the best split") {
  const auto seed = GENERATE(1u, 2u, 3u, 4u);
  const int k = GENERATE(2, 4, 16);
  INFO("seed " << seed << ", k " << k);
  std::mt19937_64 random(seed);
  std::vector<double> values;
  for (int i = 0; i < 1500; ++i)
    values.push_back(seed % 2 ? std::normal_distribution<double>(0, 1)(random)
                              : std::student_t_distribution<double>(3)(random));
  const Points1d p = points_of(values, random, seed > 2);
  Kmeans1d solver;
  solver.solve(p, k);
  const double best = best_cost(p, k);
  CHECK(solver.ends().size() == static_cast<std::size_t>(k));
  CHECK(solver.cost() == Approx(best).epsilon(1e-11));
  CHECK(solver.bound() == Approx(best).epsilon(1e-11));
}

TEST_CASE("k-means on a line: fewer points than runs, and none") {
  Kmeans1d solver;
  Points1d p;
  solver.solve(p, 4);
  CHECK(solver.ends().empty());
  CHECK(solver.cost() == 0);
  p.add(-1, 2);
  p.add(3, 0.5);
  solver.solve(p, 4);
  CHECK(solver.ends() == std::vector<std::int32_t>{1, 2});
  CHECK(solver.centers() == std::vector<double>{-1, 3});
  CHECK(solver.cost() == 0);
  solver.solve(p, 1);
  CHECK(solver.centers()[0] == Approx(-0.2));
}
