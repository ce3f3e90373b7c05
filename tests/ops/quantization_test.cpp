#include "ops/quantization/quantization.h"

#include <cmath>

#include "tests/ops/room_bench.h"
#include "tests/support/catch.h"

namespace corecast {
namespace {

using ir::DType;
using ir::Tensor;
using test::RoomBench;
using Numbers = std::vector<double>;

TEST_CASE("quantize rounds halves to even and saturates") {
  RoomBench b;
  const auto schema = op::quantize_schema();
  auto op = op::Quantize{.input = b.add(Tensor::of<float>({1, 3, 5, -1, 1000, -INFINITY, NAN})),
                         .zero_point = b.add(Tensor::scalar<std::int8_t>(10)),
                         .scale = b.add(Tensor::scalar<float>(2)),
                         .output_dtype = DType::i8};
  CHECK(b.numbers(schema, op) == Numbers{10, 12, 12, 10, 127, -128, 10});
  op.output_dtype = DType::u8;
  CHECK(b.error_of(schema, op) == "zero_point is i8, output_dtype is u8");
}

TEST_CASE("quantisation along an axis, both ways") {
  RoomBench b;
  const auto scale = b.add(Tensor::of<float>({1, 10})),
             zero = b.add(Tensor::of<std::uint8_t>({0, 100}));
  auto op = op::Quantize{.input = b.add(Tensor::of<float>({1, 2, 30, 40}, {2, 2})),
                         .zero_point = zero,
                         .scale = scale,
                         .axis = 0};
  CHECK(b.numbers(op::quantize_schema(), op) == Numbers{1, 2, 103, 104});
  const auto q = b.add(Tensor::of<std::uint8_t>({1, 2, 103, 99}, {2, 2}));
  CHECK(b.numbers(op::dequantize_schema(), op::Dequantize{q, zero, scale, -2}) ==
        Numbers{1, 2, 30, -10});
  CHECK(b.numbers(op::dequantize_schema(), op::Dequantize{q, zero, scale, 1}) ==
        Numbers{1, -980, 103, -10});
  CHECK_FALSE(b.infer(op::dequantize_schema(), op::Dequantize{q, zero, scale, {}}));
  CHECK_FALSE(b.infer(op::dequantize_schema(), op::Dequantize{q, {}, scale, 2}));
}

}  // namespace
}  // namespace corecast
