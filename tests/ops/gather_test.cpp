#include "ops/indexing/gather.h"

#include <cmath>

#include "ops/creation/one_hot.h"
#include "ops/indexing/scatter.h"
#include "tests/ops/function_bench.h"
#include "tests/support/catch.h"

namespace corecast {
namespace {

using ir::DType;
using ir::Tensor;
using test::FunctionBench;

TEST_CASE("gather shapes") {
  FunctionBench b;
  const auto x = b.floats({"N", "5", "T"});
  const auto k = b.input(DType::i32, {"N", "2"});
  CHECK(b.type(op::Gather{.x = x, .indices = k, .axis = 1}) == "f32[N,N,2,T]");
  CHECK(b.type(op::Gather{.x = x, .indices = k, .axis = -2, .batch_dims = 1}) == "f32[N,2,T]");
  CHECK(b.type(op::Gather{.x = x, .indices = k, .axis = 0, .batch_dims = 1}) ==
        "batch_dims 1 is outside [0, 0]");
  CHECK(b.type(op::GatherNd{.x = x, .indices = k}) == "f32[N,T]");
  CHECK(b.type(op::GatherNd{.x = x, .indices = k, .batch_dims = 1}) == "f32[N]");
  CHECK(b.type(op::GatherNd{.x = x, .indices = b.input(DType::i32, {"2", "K"})}) ==
        "the last size of indices [2,K] is not known");
  CHECK(b.type(op::GatherAlongAxis{
            .x = x, .indices = b.input(DType::i32, {"N", "7", "T"}), .axis = 1}) == "f32[N,7,T]");
  CHECK(b.type(op::GatherAlongAxis{
            .x = x, .indices = b.input(DType::i32, {"N", "4", "T"}), .axis = 0}) ==
        "indices [N,4,T] must agree with x [N,5,T] but in dimension 0");
}

TEST_CASE("indices out of range fail, negative ones too") {
  FunctionBench b;
  const auto x = b.constant(Tensor::of<float>({1, 2, 3}));
  CHECK(b.error(op::Gather{.x = x, .indices = b.ints({0, 3})}) == "index 3 is outside [0, 3)");
  CHECK(b.type(op::Gather{.x = x, .indices = b.ints({-1})}) ==
        "index -1 is outside [0, 3); negative indices do not count from the end");
  const auto at = b.constant(Tensor::of<std::int32_t>({0, -1}, {2, 1}));
  CHECK(b.error(op::GatherNd{.x = x, .indices = at}) ==
        "index -1 is outside [0, 3); negative indices do not count from the end");
  const auto u = b.constant(Tensor::of<float>({5, 6}));
  CHECK(b.error(op::ScatterNd{.data = x, .indices = at, .updates = u}) ==
        "index -1 is outside [0, 3); negative indices do not count from the end");
}

TEST_CASE("where an op wraps, negative indices count from the end, down to -size") {
  FunctionBench b;
  const auto x = b.constant(Tensor::of<float>({1, 2, 3}));
  const auto y = b.run(op::Gather{.x = x, .indices = b.ints({-1, -3, 2}), .wraps = true});
  CHECK(y.value().to_doubles() == std::vector<double>{3, 1, 3});
  CHECK(b.type(op::Gather{.x = x, .indices = b.ints({-4}), .wraps = true}) ==
        "index -4 is outside [-3, 3)");
  const auto at = b.constant(Tensor::of<std::int32_t>({0, -4}, {2, 1}));
  CHECK(b.error(op::GatherNd{.x = x, .indices = at, .wraps = true}) ==
        "index -4 is outside [-3, 3)");
}

TEST_CASE("scatter rounds once, wraps integers, keeps NaN") {
  FunctionBench b;
  const auto twice = b.ints({0, 0});
  const auto h = [&](double v) { return b.constant(Tensor::splat(DType::f16, {1}, v)); };
  const auto u = b.constant(Tensor::splat(DType::f16, {2}, 0.5));
  // 2048 + 0.5 would round back to 2048 in fp16, twice.
  CHECK(b.run(op::Scatter{.data = h(2048), .indices = twice, .updates = u}).value().at(0) == 2048);
  CHECK(b.run(op::Scatter{.data = h(2047), .indices = twice, .updates = u}).value().at(0) == 2048);
  const auto i8 = [&](std::int8_t v) { return b.constant(Tensor::of<std::int8_t>({v})); };
  const auto one = b.ints({0});
  CHECK(b.run(op::Scatter{.data = i8(127), .indices = one, .updates = i8(1)}).value().at(0) ==
        -128);
  CHECK(b.run(op::Scatter{.data = i8(-128), .indices = one, .updates = i8(-1), .mode = "div"})
            .value()
            .at(0) == -128);
  CHECK(b.error(op::Scatter{.data = i8(1), .indices = one, .updates = i8(0), .mode = "div"}) ==
        "updates[0] divides an integer by 0");
  const auto nan = b.constant(Tensor::of<float>({std::nanf("")})),
             two = b.constant(Tensor::of<float>({2}));
  for (const auto* mode : {"max", "min"}) {
    CHECK(std::isnan(b.run(op::Scatter{.data = two, .indices = one, .updates = nan, .mode = mode})
                         .value()
                         .at(0)));
    CHECK(std::isnan(b.run(op::Scatter{.data = nan, .indices = one, .updates = two, .mode = mode})
                         .value()
                         .at(0)));
  }
  CHECK(b.type(op::Scatter{.data = two, .indices = one, .updates = two, .mode = "or"}) ==
        "mode \"or\" is none of update, add, sub, mul, div, max, min");
}

TEST_CASE("one_hot places the new dimension") {
  FunctionBench b;
  const auto k = b.input(DType::i64, {"N", "3"});
  const auto size = b.constant(Tensor::scalar<std::int32_t>(5));
  CHECK(b.type(op::OneHot{.indices = k, .one_hot_vector_size = size}) == "i32[N,3,5]");
  CHECK(b.type(op::OneHot{.indices = k, .one_hot_vector_size = size, .axis = 0}) == "i32[5,N,3]");
}

}  // namespace
}  // namespace corecast
