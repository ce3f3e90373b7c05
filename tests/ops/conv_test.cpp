#include "ops/conv/conv.h"

#include "ops/conv/conv_transpose.h"
#include "tests/ops/room_bench.h"
#include "tests/support/catch.h"

namespace corecast {
namespace {

using ir::Dim;
using ir::DType;
using ir::Tensor;
using ir::Type;
using test::RoomBench;
using Numbers = std::vector<double>;

TEST_CASE("conv sizes are exact in symbols") {
  RoomBench b;
  const auto schema = op::conv_schema();
  const auto x = b.add(Type(DType::f32, {Dim::symbol("N"), 3, Dim::symbol("H"), 32}));
  const auto w = b.add(Type(DType::f32, {8, 3, 3, 3}));
  CHECK(b.type_of(schema, op::Conv{.x = x,
                                   .weight = w,
                                   .strides = {2, 2},
                                   .pad_type = "custom",
                                   .pad = {1, 1, 1, 1}}) == "f32[N,8,((H+1)/2),16]");
  const auto same =
      b.infer(schema, op::Conv{.x = x, .weight = w, .strides = {2, 2}, .pad_type = "same"}).value();
  for (const std::int64_t h : {1, 2, 7, 8}) {
    CHECK(same[0].shape[2].evaluate({{"H", h}}) == (h + 1) / 2);
  }
  CHECK(same[0].shape[3] == Dim(16));
}

TEST_CASE("conv explains what does not fit") {
  RoomBench b;
  const auto schema = op::conv_schema();
  const auto x = b.add(Type(DType::f32, {1, 4, 5})), w = b.add(Type(DType::f32, {6, 2, 3}));
  CHECK(b.error_of(schema, op::Conv{.x = x, .weight = w}) ==
        "x has 4 channels; weight [6,2,3] in 1 groups takes 2");
  CHECK(b.error_of(schema, op::Conv{.x = x, .weight = w, .strides = {1, 1}, .groups = 2}) ==
        "strides has 2 entries instead of 1");
  CHECK(b.error_of(schema, op::Conv{.x = x, .weight = w, .dilations = {3}, .groups = 2}) ==
        "a kernel that spans 7 does not fit into 5 padded elements");
  CHECK_FALSE(b.infer(schema, op::Conv{.x = x, .weight = w, .pad_type = "full", .groups = 2}));
}

TEST_CASE("conv places the odd element of same after, of same_lower before") {
  RoomBench b;
  const auto schema = op::conv_schema();
  const auto x = b.add(Tensor::of<float>({1, 2, 3, 4}, {1, 1, 4}));
  const auto w = b.add(Tensor::of<float>({10, 1}, {1, 1, 2}));
  CHECK(b.numbers(schema, op::Conv{.x = x, .weight = w, .pad_type = "same"}) ==
        Numbers{12, 23, 34, 40});
  CHECK(b.numbers(schema, op::Conv{.x = x, .weight = w, .pad_type = "same_lower"}) ==
        Numbers{1, 12, 23, 34});
  CHECK(b.numbers(schema, op::Conv{.x = x, .weight = w, .strides = {2}, .pad_type = "same"}) ==
        Numbers{12, 34});
}

TEST_CASE("conv groups, dilates and adds the bias") {
  RoomBench b;
  const auto x = b.add(Tensor::of<float>({1, 2, 3, 4, 5, 6}, {1, 2, 3}));
  const auto w = b.add(Tensor::of<float>({1, 1, 2, 1}, {2, 1, 2}));
  const auto bias = b.add(Tensor::of<float>({0.5F, -1}));
  CHECK(b.numbers(op::conv_schema(),
                  op::Conv{.x = x, .weight = w, .bias = bias, .dilations = {2}, .groups = 2}) ==
        Numbers{4.5, 13});
}

TEST_CASE("conv_transpose scatters without flipping the kernel") {
  RoomBench b;
  const auto schema = op::conv_transpose_schema();
  const auto x = b.add(Tensor::of<float>({1, 2}, {1, 1, 2}));
  const auto w = b.add(Tensor::of<float>({1, 10, 100}, {1, 1, 3}));
  const auto bias = b.add(Tensor::of<float>({0.5F}));
  auto op = op::ConvTranspose{.x = x, .weight = w, .strides = {2}};
  CHECK(b.numbers(schema, op) == Numbers{1, 10, 102, 20, 200});
  op.pad_type = "same";
  CHECK(b.numbers(schema, op) == Numbers{1, 10, 102, 20});
  op.pad_type = "custom";
  op.pad = {1, 1};
  CHECK(b.numbers(schema, op) == Numbers{10, 102, 20});
  op.bias = bias;
  op.output_padding = {1};
  CHECK(b.numbers(schema, op) == Numbers{10.5, 102.5, 20.5, 200.5});
  op.output_padding = {};
  op.output_shape = {{1, 1, 6}};
  CHECK(b.numbers(schema, op) == Numbers{10.5, 102.5, 20.5, 200.5, 0.5, 0.5});
  op.output_shape = {{1, 2, 6}};
  CHECK_FALSE(b.infer(schema, op));
}

TEST_CASE("conv_transpose keeps groups apart and symbolic sizes exact") {
  RoomBench b;
  const auto schema = op::conv_transpose_schema();
  const auto x = b.add(Tensor::of<float>({1, 2}, {1, 2, 1}));
  const auto w = b.add(Tensor::of<float>({3, 4, 5, 6}, {2, 2, 1}));
  CHECK(b.numbers(schema, op::ConvTranspose{.x = x, .weight = w, .groups = 2}) ==
        Numbers{3, 4, 10, 12});
  const auto flexible = b.add(Type(DType::f32, {Dim::symbol("N"), 2, Dim::symbol("L")}));
  const auto w3 = b.add(Type(DType::f32, {2, 2, 3}));
  CHECK(b.type_of(schema, op::ConvTranspose{.x = flexible,
                                            .weight = w3,
                                            .pad = {1, 1},
                                            .pad_type = "custom",
                                            .strides = {2},
                                            .output_padding = {1}}) == "f32[N,2,2*L]");
}

}  // namespace
}  // namespace corecast
