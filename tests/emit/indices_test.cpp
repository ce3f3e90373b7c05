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

}  // namespace corecast::emit
