#include "ops/shape/reshape.h"

#include "ops/indexing/gather.h"
#include "ops/shape/concat.h"
#include "ops/shape/expand_dims.h"
#include "ops/shape/shape.h"
#include "ops/shape/squeeze.h"
#include "ops/shape/transpose.h"
#include "tests/ops/function_bench.h"
#include "tests/support/catch.h"

namespace corecast {
namespace {

using ir::DType;
using ir::Tensor;
using test::FunctionBench;

TEST_CASE("reshape infers -1 and 0 exactly") {
  FunctionBench b;
  const auto x = b.floats({"N", "12", "64"});
  CHECK(b.type(op::Reshape{x, b.ints({-1, 768})}) == "f32[N,768]");
  CHECK(b.type(op::Reshape{b.floats({"2", "6"}), b.ints({0, 5})}) ==
        "shape [0,5] does not hold the elements of [2,6]");
  CHECK(b.type(op::Reshape{x, b.ints({0, 2, 6, 64})}) == "f32[1,2,6,64]");
  CHECK(b.type(op::Reshape{x, b.ints({0, -1, 64})}) == "f32[N,12,64]");
  CHECK(b.type(op::Reshape{x, b.ints({-1, -1})}) == "shape [-1,-1] has more than one -1");
  CHECK(b.type(op::Reshape{x, b.ints({-2})}) == "shape [-2] has a negative size");
  CHECK(b.type(op::Reshape{x, b.ints({-1})}) == "f32[768*N]");
}

TEST_CASE("a chain of shape arithmetic stays exact") {
  FunctionBench b;
  const auto x = b.floats({"N", "T", "8*H"});
  const auto shape = b.add(op::ShapeOf{x});
  const auto part = [&](std::int64_t i) {
    return b.add(op::ExpandDims{
        b.add(op::Gather{.x = shape, .indices = b.constant(Tensor::scalar(std::int32_t(i)))}),
        {0}});
  };
  const auto target = b.add(
      op::Concat{.values = {part(0), b.ints({-1, 8}), b.add(op::Reshape{part(2), b.ints({1})})}});
  CHECK(b.known(op::Concat{.values = {part(1), part(0)}}) == "[T,N]");
  CHECK(b.known(op::Squeeze{part(2), std::vector<std::int64_t>{0}}) == "[8*H]");
  CHECK(b.known(op::Transpose{b.add(op::Reshape{shape, b.ints({3, 1})}), {1, 0}}) == "[N,T,8*H]");
  CHECK(b.known(op::Stack{{shape, shape}, 0}) == "[N,T,8*H,N,T,8*H]");
  CHECK(b.known(op::Concat{.values = {shape, shape}, .interleave = true}) == "[N,N,T,T,8*H,8*H]");
  CHECK(b.known(op::Gather{.x = target, .indices = b.ints({3, 0})}) == "[8*H,N]");
}

TEST_CASE("sizes known at run time only are fresh symbols") {
  FunctionBench b;
  const auto x = b.floats({"2", "6"});
  const auto shape = b.input(DType::i32, {"2"});
  const std::string type = b.type(op::Reshape{x, shape});
  CHECK(type.starts_with("f32[d"));
  CHECK(b.type(op::Reshape{x, b.input(DType::i32, {"1"})}) == "f32[12]");
  CHECK(b.type(op::Reshape{x, b.input(DType::i32, {"K"})}) ==
        "the length of shape is not known: K");
  CHECK(b.type(op::Reshape{x, b.input(DType::i32, {"1", "2"})}) ==
        "shape must be a vector, not of rank 2");
}

TEST_CASE("squeeze and expand_dims check their axes") {
  FunctionBench b;
  const auto x = b.floats({"1", "N", "3"});
  CHECK(b.type(op::Squeeze{x, std::vector<std::int64_t>{0, 1, 2}}) == "f32[3]");
  CHECK(b.type(op::Squeeze{x, std::nullopt}) ==
        "axes must be given for the shape [1,N,3]: its symbols may be 1");
  CHECK(b.type(op::Squeeze{x, std::vector<std::int64_t>{3}}) ==
        "axes 3 is outside [-3, 3) for rank 3");
  CHECK(b.type(op::ExpandDims{x, {-1, 0}}) == "f32[1,1,N,3,1]");
  CHECK(b.type(op::ExpandDims{x, {0, -5}}) == "axes names 0 twice");
  CHECK(b.type(op::Transpose{x, {0, 1}}) ==
        "perm [0, 1] must have 3 entries, one per dimension of x");
  CHECK(b.type(op::Flatten2d{x, -1}) == "f32[N,3]");
  CHECK(b.type(op::Flatten2d{x, 4}) == "axis 4 is outside [-3, 3]");
}

TEST_CASE("concat merges what must be equal") {
  FunctionBench b;
  const auto x = b.floats({"N", "3", "T"}), y = b.floats({"2", "4", "T"});
  CHECK(b.type(op::Concat{.values = {x, y, x}, .axis = -2}) == "f32[2,10,T]");
  CHECK(b.type(op::Concat{.values = {x, y}, .axis = 0}) ==
        "values[0] [N,3,T] and values[1] [2,4,T] differ in dimension 1");
  CHECK(b.type(op::Concat{.values = {x, x}, .axis = 2, .interleave = true}) == "f32[N,3,2*T]");
  CHECK(b.type(op::Stack{{x, x}, 4}) == "axis 4 is outside [-4, 4) for rank 4");
}

}  // namespace
}  // namespace corecast
