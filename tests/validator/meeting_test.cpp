#include "validator/meeting.h"

#include <thread>

#include "tests/support/catch.h"

namespace corecast::validator {
namespace {

using Names = std::vector<std::string>;

ir::Tensor numbered(double v) { return ir::Tensor::splat(ir::DType::f32, {1000}, v); }

/// Offers `offered` on another thread, takes `taken` here; the values got, 0 where there is none.
struct Run {
  std::vector<double> values;
  std::size_t most_held = 0;
};
Run run(const Names& offered, const Names& taken) {
  std::map<std::string, int, std::less<>> shared;
  for (const auto& name : taken)
    if (std::find(offered.begin(), offered.end(), name) != offered.end()) ++shared[name];
  Meeting meeting(shared);
  std::thread source([&] {
    for (std::size_t i = 0; i < offered.size(); ++i)
      meeting.offer(offered[i], numbered(static_cast<double>(i + 1)));
    meeting.offering_ends();
  });
  Run r;
  for (const auto& name : taken) {
    const auto t = meeting.take(name);
    r.values.push_back(t ? t->at(0) : 0);
  }
  meeting.taking_ends();
  source.join();
  r.most_held = meeting.most_held() / 4000;
  return r;
}

Names sequence(int n) {
  Names names;
  for (int i = 0; i < n; ++i) names.push_back("v" + std::to_string(i));
  return names;
}

TEST_CASE("meeting: in the same order, one value is held at a time") {
  const Run r = run(sequence(500), sequence(500));
  CHECK(r.most_held == 1);
  for (std::size_t i = 0; i < 500; ++i) REQUIRE(r.values[i] == static_cast<double>(i + 1));
}

TEST_CASE("meeting: what comes in another order is held until it is taken") {
  const Run r = run({"a", "b", "c", "d", "e"}, {"c", "a", "b", "e", "d"});
  CHECK(r.values == std::vector<double>{3, 1, 2, 5, 4});
  CHECK(r.most_held == 3);
}

TEST_CASE("meeting: names of one side, and names used twice") {
  CHECK(run({"a", "only here", "b"}, {"x", "a", "y", "b"}).values ==
        std::vector<double>{0, 1, 0, 3});
  CHECK(run({"a", "a", "b"}, {"a", "b", "a"}).values == std::vector<double>{1, 3, 1});
}

TEST_CASE("meeting: a run that ends early stops nobody") {
  CHECK(run(sequence(3), sequence(50)).values.size() == 50);  // the source has fewer
  CHECK(run(sequence(50), {"v1"}).values == std::vector<double>{2});
  CHECK(run({}, sequence(2)).values == std::vector<double>{0, 0});
}

TEST_CASE("meeting: one run after the other") {
  Meeting meeting({{"a", 1}, {"b", 1}});
  meeting.wait_for_none();
  meeting.offer("a", numbered(1));
  meeting.offer("b", numbered(2));
  meeting.offering_ends();
  CHECK(meeting.take("b")->at(0) == 2);
  CHECK(meeting.take("a")->at(0) == 1);
}

}  // namespace
}  // namespace corecast::validator
