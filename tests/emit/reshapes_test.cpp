#include "converter/emit/reshapes.h"

#include "tests/emit/drafted.h"

namespace corecast::emit {
namespace {

std::string shape_of(const Shape& from, const std::vector<std::int64_t>& target, bool zero_copies) {
  Drafted d;
  const ValueId x = d.input("x", DType::f32, from);
  const ValueId y = reshaped(d.e, x, d.e.ints(target), zero_copies);
  return y ? ir::to_string(d.e.shape(y)) : d.code();
}

}  // namespace

TEST_CASE("reshape: -1 takes the rest, 0 copies or stands for itself") {
  const Dim n = Dim::symbol("N");
  CHECK(shape_of({2, 6}, {3, -1}, false) == "[3,4]");
  CHECK(shape_of({2, 6}, {0, 2, -1}, true) == "[2,2,3]");
  CHECK(shape_of({n, 6}, {-1, 3}, false) == "[2*N,3]");
  CHECK(shape_of({n, 6}, {0, 2, 3}, true) == "[N,2,3]");
  CHECK(shape_of({0, 6}, {0, 3}, false) == "[0,3]");
  CHECK(shape_of({2, 6}, {5, -1}, false) == "E2005");
  CHECK(shape_of({2, 6}, {-1, -1}, false) == "E2005");
  CHECK(shape_of({2, 6}, {3, 5}, false) == "E2005");
  CHECK(shape_of({2, 6}, {2, 2, 0}, true) == "E2005");
  CHECK(shape_of({2, 6}, std::vector<std::int64_t>(40, 1), false) == "E2005");
}

TEST_CASE("reshape to sizes that only the run knows") {
  Drafted d;
  const ValueId x = d.input("x", DType::f32, {2, 6});
  const ValueId target = d.input("t", DType::i64, {3});
  d.finish({reshaped(d.e, x, target, /*zero_copies=*/true)});
  const Tensor t = Tensor::of(std::vector<std::int64_t>{0, 3, 2});
  const Tensor y = d.run({{"x", Tensor::zeros(DType::f32, {2, 6})}, {"t", t}});
  CHECK(y.dims() == std::vector<std::int64_t>{2, 3, 2});
}

TEST_CASE("targets with one flexible size") {
  Drafted d;
  const Dim n = Dim::symbol("N");
  CHECK(d.e.known_ints(reshape_target(d.e, {n, 3})) == std::vector<std::int64_t>{-1, 3});
  CHECK_FALSE(reshape_target(d.e, {n, n}));
  CHECK_FALSE(reshape_target(d.e, {n, 0}));
  CHECK(product({2, n, 3}, 1, 3) == n * Dim(3));
}

}  // namespace corecast::emit
