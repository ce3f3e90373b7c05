// Compressed weights: the vectors are those of the Core ML tools' reference decompression.
#include "ops/quantization/constexpr_affine_dequantize.h"
#include "ops/quantization/constexpr_blockwise_shift_scale.h"
#include "ops/quantization/constexpr_cast.h"
#include "ops/quantization/constexpr_lut_to_dense.h"
#include "ops/quantization/constexpr_sparse_to_dense.h"
#include "tests/ops/room_bench.h"
#include "tests/support/catch.h"

namespace corecast {
namespace {

using ir::DType;
using ir::Tensor;
using test::RoomBench;
using Numbers = std::vector<double>;

Tensor tensor(DType dtype, const Numbers& values, std::vector<std::int64_t> dims) {
  Tensor t = Tensor::zeros(dtype, std::move(dims));
  for (std::size_t i = 0; i < values.size(); ++i) t.set(static_cast<std::int64_t>(i), values[i]);
  return t;
}
Tensor bytes(DType dtype, std::vector<std::int64_t> dims, const std::vector<std::uint8_t>& packed) {
  return Tensor::from_bytes(dtype, std::move(dims), std::as_bytes(std::span(packed)));
}

const Numbers kIndices = {0, 1, 2, 3, 0, 1};
const Numbers kMask = {1, 0, 1, 0, 1, 0};

TEST_CASE("sub-byte elements are packed lowest bits first") {
  CHECK(bytes(DType::u1, {9}, {141, 1}).to_doubles() == Numbers{1, 0, 1, 1, 0, 0, 0, 1, 1});
  CHECK(bytes(DType::u2, {5}, {228, 3}).to_doubles() == Numbers{0, 1, 2, 3, 3});
  CHECK(bytes(DType::u3, {9}, {209, 88, 31, 1}).to_doubles() == Numbers{1, 2, 3, 4, 5, 6, 7, 0, 1});
  CHECK(bytes(DType::u4, {3}, {33, 15}).to_doubles() == Numbers{1, 2, 15});
  CHECK(bytes(DType::u6, {5}, {129, 48, 252, 5}).to_doubles() == Numbers{1, 2, 3, 63, 5});
  CHECK(bytes(DType::i4, {3}, {120, 15}).to_doubles() == Numbers{-8, 7, -1});
  CHECK(
      tensor(DType::u6, {1, 2, 3, 63, 5}, {5}).identical(bytes(DType::u6, {5}, {129, 48, 252, 5})));
}

TEST_CASE("affine dequantisation, per channel and mixed") {
  RoomBench b;
  const auto schema = op::constexpr_affine_dequantize_schema();
  auto op = op::ConstexprAffineDequantize{
      .quantized_data = b.add(Tensor::of<std::uint8_t>({10, 11, 12, 13}, {2, 2})),
      .zero_point = b.add(Tensor::of<std::uint8_t>({10, 12})),
      .scale = b.add(Tensor::of<float>({2, 0.5F}))};
  CHECK(b.numbers(schema, op) == Numbers{0, 2, 0, 0.5});
  op.axis = -1;
  op.zero_point = b.add(Tensor::scalar<std::int8_t>(-1));
  CHECK(b.numbers(schema, op) == Numbers{22, 6, 26, 7});
  op.scale = b.add(Tensor::of<float>({1, 2, 3}));
  CHECK_FALSE(b.infer(schema, op));
}

TEST_CASE("blockwise shift and scale") {
  RoomBench b;
  const auto schema = op::constexpr_blockwise_shift_scale_schema();
  auto op = op::ConstexprBlockwiseShiftScale{
      .data = b.add(tensor(DType::i8, {0, 1, 2, 3, 4, 5, 6, 7}, {2, 4})),
      .scale = b.add(tensor(DType::f32, {1, 10, 100, 1000}, {2, 2})),
      .offset = b.add(tensor(DType::i8, {1, 0, 2, 0}, {2, 2}))};
  CHECK(b.numbers(schema, op) == Numbers{-1, 0, 20, 30, 200, 300, 6000, 7000});
  op.offset = b.add(tensor(DType::u8, {1, 0, 2, 0}, {2, 2}));
  CHECK_FALSE(b.infer(schema, op));
  op.offset = {};
  op.scale = b.add(tensor(DType::f16, {3}, {1, 1}));
  CHECK(b.type_of(schema, op) == "f16[2,4]");
  op.scale = b.add(tensor(DType::f16, {3, 3, 3}, {1, 3}));
  CHECK_FALSE(b.infer(schema, op));
}

TEST_CASE("tables per tensor, per group, and of vectors") {
  RoomBench b;
  const auto schema = op::constexpr_lut_to_dense_schema();
  const auto indices = b.add(tensor(DType::u2, kIndices, {2, 3}));
  const auto scalar = b.add(tensor(DType::f32, {0, 10, 20, 30}, {1, 1, 4, 1}));
  CHECK(b.numbers(schema, op::ConstexprLutToDense{indices, scalar, {}}) ==
        Numbers{0, 10, 20, 30, 0, 10});
  const auto grouped = b.add(tensor(DType::i8, {0, 1, 2, 3, 4, 5, 6, 7}, {2, 1, 4, 1}));
  const auto square = b.add(tensor(DType::u2, {0, 1, 3, 2}, {2, 2}));
  CHECK(b.numbers(schema, op::ConstexprLutToDense{square, grouped, {}}) == Numbers{0, 1, 7, 6});
  const auto vectors = b.add(tensor(DType::f16, {10, 11, 20, 21, 30, 31, 40, 41}, {1, 1, 4, 2}));
  CHECK(b.numbers(schema, op::ConstexprLutToDense{indices, vectors, 0}) ==
        Numbers{10, 20, 30, 11, 21, 31, 40, 10, 20, 41, 11, 21});
  CHECK(b.numbers(schema, op::ConstexprLutToDense{indices, vectors, -1}) ==
        Numbers{10, 11, 20, 21, 30, 31, 40, 41, 10, 11, 20, 21});
  CHECK_FALSE(b.infer(schema, op::ConstexprLutToDense{indices, vectors, {}}));
  CHECK_FALSE(b.infer(
      schema, op::ConstexprLutToDense{b.add(tensor(DType::u3, kIndices, {2, 3})), scalar, {}}));
}

TEST_CASE("pruned weights of every kind") {
  RoomBench b;
  const auto dense = op::constexpr_sparse_to_dense_schema();
  const auto mask = b.add(tensor(DType::u1, kMask, {2, 3}));
  const auto values = b.add(tensor(DType::i4, {5, 6, 7}, {3}));
  CHECK(b.numbers(dense, op::ConstexprSparseToDense{values, mask}) == Numbers{5, 0, 6, 0, 7, 0});
  CHECK_FALSE(
      b.try_run(dense, op::ConstexprSparseToDense{b.add(tensor(DType::f32, {5}, {1})), mask}));
  const auto none = b.add(Tensor::zeros(DType::u1, {2, 3})),
             nothing = b.add(Tensor::zeros(DType::f16, {0}));
  CHECK(b.numbers(dense, op::ConstexprSparseToDense{nothing, none}) == Numbers(6, 0.0));

  const auto lut = op::constexpr_lut_to_sparse_schema();
  const auto indices = b.add(tensor(DType::u2, {1, 2, 3}, {3}));
  const auto scalar = b.add(tensor(DType::f32, {0, 10, 20, 30}, {1, 1, 4, 1}));
  const auto vectors = b.add(tensor(DType::f32, {10, 11, 20, 21, 30, 31, 40, 41}, {1, 1, 4, 2}));
  CHECK(b.run(lut, op::ConstexprLutToSparse{mask, indices, scalar, {}}).at(1).to_doubles() ==
        Numbers{10, 20, 30});
  auto out = b.run(lut, op::ConstexprLutToSparse{mask, indices, vectors, 1});
  CHECK(out.at(0).to_doubles() == Numbers{1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0});
  CHECK(out.at(1).to_doubles() == Numbers{20, 21, 30, 31, 40, 41});
  out = b.run(lut, op::ConstexprLutToSparse{mask, indices, vectors, 0});
  CHECK(out.at(0).to_doubles() == Numbers{1, 0, 1, 1, 0, 1, 0, 1, 0, 0, 1, 0});
  CHECK(out.at(1).to_doubles() == Numbers{20, 30, 21, 31, 40, 41});

  const auto shift = op::constexpr_sparse_blockwise_shift_scale_schema();
  const auto scale = b.add(tensor(DType::f32, {2, 3}, {2, 1})),
             offset = b.add(tensor(DType::i4, {1, 0}, {2, 1}));
  out = b.run(shift, op::ConstexprSparseBlockwiseShiftScale{mask, values, scale, offset});
  CHECK(out.at(1).to_doubles() == Numbers{8, 10, 21});
}

TEST_CASE("constexpr_cast widens f16") {
  RoomBench b;
  const auto half = b.add(tensor(DType::f16, {0.5, 65504, -0.0}, {3}));
  const auto out = b.run(op::constexpr_cast_schema(), op::ConstexprCast{.source_val = half});
  CHECK(out.at(0).identical(Tensor::of<float>({0.5F, 65504, -0.0F})));
}

}  // namespace
}  // namespace corecast
