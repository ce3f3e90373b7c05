#include "converter/emit/padding.h"

#include "tests/emit/drafted.h"

namespace corecast::emit {
namespace {

using Mode = Padding::Mode;
using Ints = std::vector<std::int64_t>;

Ints pad(Mode mode, std::int64_t before, std::int64_t after) {
  Drafted d;
  Padding p{.x = d.input("x", DType::f32, {4}), .before = {before}, .after = {after}, .mode = mode};
  p.constant = 9;
  d.finish({padded(d.e, p)});
  const Tensor y = d.run({{"x", floats({4}, {1, 2, 3, 4})}});
  Ints values;
  for (std::int64_t i = 0; i < y.count(); ++i) values.push_back(static_cast<std::int64_t>(y.at(i)));
  return values;
}

}  // namespace

TEST_CASE("padding as numpy has it") {
  CHECK(pad(Mode::constant, 1, 2) == Ints{9, 1, 2, 3, 4, 9, 9});
  CHECK(pad(Mode::reflect, 2, 1) == Ints{3, 2, 1, 2, 3, 4, 3});
  CHECK(pad(Mode::edge, 1, 1) == Ints{1, 1, 2, 3, 4, 4});
  CHECK(pad(Mode::wrap, 1, 2) == Ints{4, 1, 2, 3, 4, 1, 2});
  CHECK(pad(Mode::wrap, 0, 1) == Ints{1, 2, 3, 4, 1});
}

TEST_CASE("negative amounts crop, then the rest is padded") {
  CHECK(pad(Mode::constant, -1, -1) == Ints{2, 3});
  CHECK(pad(Mode::edge, -2, 1) == Ints{3, 4, 4});
}

TEST_CASE("no amounts, no op") {
  Drafted d;
  const ValueId x = d.input("x", DType::f32, {4});
  CHECK(padded(d.e, {.x = x, .before = {0}, .after = {0}}) == x);
}

}  // namespace corecast::emit
