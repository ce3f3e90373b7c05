#include "ops/linear/matmul.h"

#include "ops/linear/linear.h"
#include "tests/ops/room_bench.h"
#include "tests/support/catch.h"

namespace corecast {
namespace {

using ir::Dim;
using ir::DType;
using ir::Tensor;
using ir::Type;
using test::RoomBench;

TEST_CASE("matmul broadcasts symbolic batches") {
  RoomBench b;
  const auto schema = op::matmul_schema();
  const Dim n = Dim::symbol("N"), s = Dim::symbol("S");
  const auto x = b.add(Type(DType::f32, {n, 4, s, 8})), y = b.add(Type(DType::f32, {1, s, 8}));
  CHECK(b.type_of(schema, op::Matmul{.x = x, .y = y, .transpose_y = true}) == "f32[N,4,S,S]");
  CHECK(b.error_of(schema, op::Matmul{.x = x, .y = b.add(Type(DType::f32, {7, 2}))}) ==
        "inner sizes differ: x has 8, y has 7");
}

TEST_CASE("matmul of vectors drops their dim") {
  RoomBench b;
  const auto schema = op::matmul_schema();
  const auto v = b.add(Tensor::of<float>({1, 2}));
  const auto m = b.add(Tensor::of<float>({1, 2, 3, 4, 5, 6}, {2, 3}));
  const auto mt = b.add(Tensor::of<float>({1, 2, 3, 4, 5, 6}, {3, 2}));
  CHECK(b.numbers(schema, op::Matmul{.x = v, .y = m}) == std::vector<double>{9, 12, 15});
  CHECK(b.numbers(schema, op::Matmul{.x = mt, .y = v}) == std::vector<double>{5, 11, 17});
  CHECK(b.numbers(schema, op::Matmul{.x = v, .y = v}) == std::vector<double>{5});
  CHECK(b.run(schema, op::Matmul{.x = v, .y = v}).at(0).rank() == 0);
  CHECK_FALSE(b.infer(schema, op::Matmul{.x = v, .y = m, .transpose_x = true}));
}

TEST_CASE("matmul transposes, and integers wrap") {
  RoomBench b;
  const auto schema = op::matmul_schema();
  const auto x = b.add(Tensor::of<float>({1, 2, 3, 4, 5, 6}, {2, 3}));
  CHECK(b.numbers(schema, op::Matmul{.x = x, .y = x, .transpose_y = true}) ==
        std::vector<double>{14, 32, 32, 77});
  CHECK(b.numbers(schema, op::Matmul{.x = x, .y = x, .transpose_x = true}) ==
        std::vector<double>{17, 22, 27, 22, 29, 36, 27, 36, 45});
  const auto big = b.add(Tensor::of<std::int32_t>({INT32_MAX, 1}));
  const auto two = b.add(Tensor::of<std::int32_t>({2, 0}));
  CHECK(b.numbers(schema, op::Matmul{.x = big, .y = two}) == std::vector<double>{-2});
}

TEST_CASE("matmul over an empty inner dim is zero") {
  RoomBench b;
  const auto x = b.add(Tensor::zeros(DType::f32, {2, 0})),
             y = b.add(Tensor::zeros(DType::f32, {0, 2}));
  CHECK(b.numbers(op::matmul_schema(), op::Matmul{.x = x, .y = y}) ==
        std::vector<double>{0, 0, 0, 0});
}

TEST_CASE("linear keeps leading dims and rounds once to f16") {
  RoomBench b;
  const auto schema = op::linear_schema();
  const auto w = b.add(Tensor::of<float>({1, 2, 3, 4}, {2, 2}).cast(DType::f16));
  const auto bias = b.add(Tensor::of<float>({10, 20}).cast(DType::f16));
  const auto x = b.add(Tensor::of<float>({2048, 0.5F, 1, 1}, {2, 1, 2}).cast(DType::f16));
  CHECK(b.numbers(schema, op::Linear{.x = x, .weight = w, .bias = bias}) ==
        std::vector<double>{2060, 6168, 13, 27});
  CHECK(b.type_of(schema, op::Linear{.x = b.add(Type(DType::f32, {Dim::symbol("N"), 2})),
                                     .weight = w}) == "f32[N,2]");
  CHECK_FALSE(b.infer(schema, op::Linear{.x = b.add(Type(DType::f32, {3})), .weight = w}));
}

}  // namespace
}  // namespace corecast
