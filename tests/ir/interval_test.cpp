#include "ir/interval.h"

#include <cmath>

#include "tests/support/catch.h"

namespace corecast::ir {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

TEST_CASE("intervals: hull, limits, extremes") {
  CHECK(hull({0, 1}, {3, 4}) == Interval{0, 4});
  CHECK(clamped({-5, 5}, 0, 3) == Interval{0, 3});
  CHECK(clamped({-5, -4}, 0, 3) == Interval{0, 0});
  CHECK(clamped({}, 0, kInf) == Interval::at_least(0));
  CHECK(max({-1, 2}, {0, 1}) == Interval{0, 2});
  CHECK(min({-1, 2}, {0, 1}) == Interval{-1, 1});
  CHECK(Interval().is_everything());
  CHECK(Interval{0, 1}.contains(0.5));
  CHECK_FALSE(Interval{0, 1}.contains(std::nan("")));
}

TEST_CASE("intervals: arithmetic") {
  CHECK(Interval{1, 2} + Interval{-3, 4} == Interval{-2, 6});
  CHECK(Interval{1, 2} - Interval{-3, 4} == Interval{-3, 5});
  CHECK(Interval{-1, 2} * Interval{-3, 4} == Interval{-6, 8});
  CHECK(-Interval{-1, 2} == Interval{-2, 1});
  CHECK(abs({-3, 2}) == Interval{0, 3});
  CHECK(abs({-3, -2}) == Interval{2, 3});
  CHECK(abs({2, 3}) == Interval{2, 3});
  CHECK(rising({0, 4}, [](double v) { return std::sqrt(v); }) == Interval{0, 2});
}

TEST_CASE("intervals: infinities do not make NaNs") {
  CHECK(Interval{0, kInf} * Interval{0, 0} == Interval{0, 0});
  CHECK((Interval{0, kInf} * Interval()).is_everything());
  CHECK((Interval::only(kInf) + Interval::only(-kInf)).is_everything());
  CHECK(rising({-1, 1}, [](double v) { return std::log(v); }).lo == -kInf);
}

TEST_CASE("intervals: as results are stored") {
  CHECK(fitted({0, 1e5}, DType::f16) == Interval{0, kInf});
  CHECK(fitted({0.1, 0.1}, DType::f16) == Interval::only(0.0999755859375));
  CHECK(fitted({0.5, 0.7}, DType::i32) == Interval{0, 1});
  CHECK(fitted({0, 300}, DType::u8) == Interval{0, 255});
  CHECK(fitted({-1, 1}, DType::u8) == Interval{0, 1});
  CHECK(fitted({-200, 100}, DType::i8) == Interval{-128, 100});
  CHECK(range_of(DType::i8) == Interval{-128, 127});
  CHECK(range_of(DType::u4) == Interval{0, 15});
  CHECK(range_of(DType::u64) == Interval{0, 0x1p64 - 1});
  CHECK(range_of(DType::f16).is_everything());
  CHECK(fitted({}, DType::boolean) == Interval{0, 1});
  CHECK(fitted({-3, 5}, DType::i64) == Interval{-3, 5});
}

}  // namespace
}  // namespace corecast::ir
