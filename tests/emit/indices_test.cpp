#include "converter/emit/indices.h"

#include "ops/elementwise/elementwise_binary.h"
#include "ops/indexing/gather.h"
#include "ops/reduction/reduction.h"
#include "ops/shape/shape.h"
#include "tests/emit/drafted.h"

namespace corecast::emit {

TEST_CASE("what is never negative is known to be so") {
  Drafted d;
  const ValueId x = d.input("x", DType::f32, {Dim::symbol("N"), 3});
  const ValueId i = d.input("i", DType::i64, {2});
  op::ReduceArgmax largest{};
  largest.x = x;
  largest.axis = 1;
  const ValueId position = d.e.add(largest);
  CHECK(never_negative(d.e, d.e.add(op::ShapeOf{x})));
  CHECK(never_negative(d.e, position));
  CHECK(never_negative(d.e, d.e.add(op::Add{position, position})));
  CHECK(never_negative(d.e, d.e.ints({0, 4})));
  CHECK_FALSE(never_negative(d.e, d.e.ints({0, -4})));
  CHECK_FALSE(never_negative(d.e, i));
  CHECK_FALSE(never_negative(d.e, d.e.add(op::Sub{position, position})));
  CHECK_FALSE(never_negative(d.e, ValueId()));
}

TEST_CASE("indices that may be negative count from the end") {
  Drafted d;
  const ValueId x = d.input("x", DType::i32, {Dim::symbol("N")});
  const ValueId i = d.input("i", DType::i64, {3});
  const ValueId places = positive_indices(d.e, x, -1, i);
  d.finish({d.e.add(op::Gather{.x = x, .indices = places, .axis = 0})});
  const Tensor y = d.run({{"x", Tensor::of(std::vector<std::int32_t>{5, 6, 7})},
                          {"i", Tensor::of(std::vector<std::int64_t>{-1, 0, -3})}});
  CHECK(y.to_ints() == std::vector<std::int64_t>{7, 5, 5});
  // Known ones become numbers.
  CHECK(d.e.known_ints(positive_indices(d.e, d.e.ints({1, 2, 3}), 0, d.e.ints({-1, 1}))) ==
        std::vector<std::int64_t>{2, 1});
}

TEST_CASE("multi-indices count within the dimension that each addresses") {
  Drafted d;
  const ValueId x = d.input("x", DType::f32, {4, 5, 6});
  CHECK(d.e.known_ints(positive_multi_indices(d.e, x, 1, d.e.ints({-1, -1}))) ==
        std::vector<std::int64_t>{4, 5});
}

TEST_CASE("inputs that look up rows of a table") {
  Drafted d;
  const ValueId table = d.e.constant(Tensor::zeros(DType::f32, {10, 4}));
  const ValueId words = d.input("w", DType::i64, {3});
  CHECK(is_lookup(d.e, table, words));
  CHECK(is_lookup(d.e, table, d.e.cast(words, DType::i32)));
  CHECK_FALSE(is_lookup(d.e, table, d.e.add(op::Sub{words, words})));
  CHECK_FALSE(is_lookup(d.e, words, words));
}

}  // namespace corecast::emit
