#include "ops/conv/pooling.h"

#include <cmath>

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

TEST_CASE("avg_pool counts padding, but not a ceil_mode overhang") {
  RoomBench b;
  const auto schema = op::avg_pool_schema();
  const auto x = b.add(Tensor::of<float>({1, 2, 3, 4}, {1, 1, 4}));
  auto op =
      op::AvgPool{.x = x, .kernel_sizes = {3}, .strides = {2}, .pad_type = "custom", .pad = {1, 1}};
  CHECK(b.numbers(schema, op) == Numbers{1, 3});
  op.ceil_mode = true;
  CHECK(b.numbers(schema, op) == Numbers{1, 3, 2});  // {4, padding}: two elements
  op.exclude_padding_from_average = true;
  CHECK(b.numbers(schema, op) == Numbers{1.5, 3, 4});
}

TEST_CASE("ceil_mode drops a window that starts past the padding, for symbols as for numbers") {
  RoomBench b;
  const auto schema = op::max_pool_schema();
  for (const std::int64_t pad : {0, 1, 2}) {
    auto pool = [&](ir::ValueId x) {
      return op::MaxPool{.x = x,
                         .kernel_sizes = {2},
                         .strides = {3},
                         .pad_type = "custom",
                         .pad = {pad, pad},
                         .ceil_mode = true};
    };
    const auto flexible =
        b.infer(schema, pool(b.add(Type(DType::f32, {1, 1, Dim::symbol("L")})))).value();
    for (std::int64_t length = 2; length < 12; ++length) {
      const auto fixed = b.infer(schema, pool(b.add(Type(DType::f32, {1, 1, length})))).value();
      auto expected = (length + 2 * pad - 2 + 2) / 3 + 1;
      if (pad > 0 && (expected - 1) * 3 >= length + pad) --expected;
      CHECK(fixed[0].shape[2] == Dim(expected));
      CHECK(flexible[0].shape[2].evaluate({{"L", length}}) == expected);
    }
  }
}

TEST_CASE("max_pool ignores padding and propagates NaN") {
  RoomBench b;
  const auto schema = op::max_pool_schema();
  const auto x = b.add(Tensor::of<float>({-1, -2, NAN, -4}, {1, 1, 4}));
  const auto out = b.numbers(schema, op::MaxPool{.x = x, .kernel_sizes = {2}, .pad_type = "same"});
  CHECK(out[0] == -1);
  CHECK(std::isnan(out[1]));
  CHECK(std::isnan(out[2]));
  CHECK(out[3] == -4);
  const auto i = b.add(Tensor::of<std::int8_t>({-128, -5, 3, 4}, {1, 1, 2, 2}));
  CHECK(b.numbers(schema, op::MaxPool{.x = i, .kernel_sizes = {2, 1}}) == Numbers{3, 4});
}

TEST_CASE("pools dilate in the IR; l2_pool takes the norm") {
  RoomBench b;
  const auto x = b.add(Tensor::of<float>({3, 1, 4, 1, 5}, {1, 1, 5}));
  CHECK(b.numbers(op::max_pool_schema(),
                  op::MaxPool{.x = x, .kernel_sizes = {2}, .dilations = {2}}) == Numbers{4, 1, 5});
  CHECK(b.numbers(op::l2_pool_schema(),
                  op::L2Pool{.x = x, .kernel_sizes = {2}, .strides = {2}, .dilations = {2}}) ==
        Numbers{5, static_cast<double>(std::sqrt(41.0F))});
}

}  // namespace
}  // namespace corecast
