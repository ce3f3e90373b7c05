#include "compress/goal/knapsack.h"

#include <cmath>
#include <limits>
#include <random>

#include "tests/support/catch.h"

using namespace corecast::compress;

namespace {

using Items = std::vector<std::vector<Choice>>;

struct Total {
  std::size_t bytes = 0;
  double loss = 0;
};
Total total_of(const Items& items, const std::vector<std::size_t>& picked) {
  Total t;
  for (std::size_t i = 0; i < items.size(); ++i) {
    t.bytes += items[i][picked[i]].bytes;
    t.loss += items[i][picked[i]].loss;
  }
  return t;
}

/// The least loss of all combinations within the budget; infinity when none fits.
double least_loss(const Items& items, std::size_t budget) {
  double best = std::numeric_limits<double>::infinity();
  std::vector<std::size_t> picked(items.size());
  for (;;) {
    const Total t = total_of(items, picked);
    if (t.bytes <= budget) best = std::min(best, t.loss);
    std::size_t i = 0;
    while (i < items.size() && ++picked[i] == items[i].size()) picked[i++] = 0;
    if (i == items.size()) return best;
  }
}

Items random_items(std::mt19937_64& engine) {
  Items items(1 + engine() % 6);
  for (auto& choices : items) {
    choices.resize(1 + engine() % 5);
    for (Choice& c : choices)
      c = {engine() % 40, static_cast<double>(engine() % 50) / (engine() % 3 == 0 ? 1 : 7)};
  }
  return items;
}

double largest_step(const Items& items) {
  double step = 0;
  for (const auto& choices : items) {
    double low = choices[0].loss, high = low;
    for (const Choice& c : choices) {
      low = std::min(low, c.loss);
      high = std::max(high, c.loss);
    }
    step = std::max(step, high - low);
  }
  return step;
}

}  // namespace

TEST_CASE("A knapsack never exceeds its budget, and is empty only when nothing fits") {
  std::mt19937_64 engine(1);
  double lost = 0, possible = 0;
  for (int round = 0; round < 2000; ++round) {
    const Items items = random_items(engine);
    const std::size_t budget = engine() % 160;
    const double best = least_loss(items, budget);
    const auto picked = knapsack(items, budget);
    REQUIRE(picked.has_value() == std::isfinite(best));
    if (!picked) continue;
    REQUIRE(picked->size() == items.size());
    const Total t = total_of(items, *picked);
    REQUIRE(t.bytes <= budget);
    // What the relaxed problem leaves open is less than one step of one item.
    REQUIRE(t.loss >= best - 1e-9);
    REQUIRE(t.loss <= best + largest_step(items) + 1e-9);
    lost += t.loss - best;
    possible += best;
  }
  CHECK(lost < 0.05 * possible);  // nearly optimal in the mean
}

TEST_CASE("A knapsack with room for everything takes the least loss of every item") {
  const Items items = {{{1, 9}, {5, 2}, {7, 0}}, {{3, 4}, {8, 1}}, {{2, 0}}};
  const auto picked = knapsack(items, 100);
  REQUIRE(picked.has_value());
  CHECK(*picked == std::vector<std::size_t>{2, 1, 0});
  CHECK(knapsack(items, 17) == picked);
  CHECK(knapsack(items, 6) == std::vector<std::size_t>{0, 0, 0});
  CHECK_FALSE(knapsack(items, 5).has_value());
}

TEST_CASE(
    "A knapsack prefers the smaller of equal losses, and the same input gives the same answer") {
  const Items items = {{{9, 1}, {4, 1}, {6, 1}}};
  CHECK(knapsack(items, 100) == std::vector<std::size_t>{1});
  std::mt19937_64 engine(2);
  const Items more = random_items(engine);
  CHECK(knapsack(more, 90) == knapsack(more, 90));
  CHECK(knapsack({}, 0) == std::vector<std::size_t>{});
}
