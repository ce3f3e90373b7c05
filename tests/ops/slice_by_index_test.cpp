#include "ops/shape/slice_by_index.h"

#include "ops/shape/shape.h"
#include "ops/shape/slice_by_size.h"
#include "ops/shape/split.h"
#include "tests/ops/function_bench.h"
#include "tests/support/catch.h"

namespace corecast {
namespace {

using ir::Dim;
using ir::DType;
using ir::Tensor;
using test::FunctionBench;

/// Size of x[begin:end:stride] of a dimension of size `n`, by walking it.
std::int64_t walked(std::int64_t n, std::int64_t begin, std::int64_t end, std::int64_t stride) {
  const auto clamp = [](std::int64_t v, std::int64_t lo, std::int64_t hi) {
    return v < lo ? lo : v > hi ? hi : v;
  };
  std::int64_t b = begin < 0 ? begin + n : begin, e = end < 0 ? end + n : end, count = 0;
  b = stride > 0 ? clamp(b, 0, n) : clamp(b, -1, n - 1);
  e = stride > 0 ? clamp(e, 0, n) : clamp(e, -1, n - 1);
  for (std::int64_t i = b; stride > 0 ? i < e : i > e; i += stride) ++count;
  return count;
}

TEST_CASE("slice sizes hold for every value of the symbols") {
  ir::Function f;
  ir::Builder builder(f, ops::registry());
  const auto y = f.add_arg(f.entry(), ir::Type(DType::f32, {Dim::symbol("N")}));
  for (const std::int64_t begin : {-9, -2, 0, 1, 4}) {
    for (const std::int64_t end : {-7, -1, 0, 2, 6}) {
      for (const std::int64_t stride : {1, 2, -1, -3}) {
        const auto v = builder.add(op::SliceByIndex{.x = y,
                                                    .begin = builder.ints({begin}),
                                                    .end = builder.ints({end}),
                                                    .stride = builder.ints({stride})});
        for (std::int64_t n = 1; n < 9; ++n) {
          INFO("begin " << begin << " end " << end << " stride " << stride << " N " << n << ": "
                        << to_string(f.type(v)));
          CHECK(f.type(v).shape[0].evaluate({{"N", n}}) == walked(n, begin, end, stride));
        }
      }
    }
  }
}

TEST_CASE("slices of flexible sizes stay simple") {
  FunctionBench b;
  const auto x = b.floats({"N", "T"});
  const auto slice = [&](std::vector<std::int64_t> begin, std::vector<std::int64_t> end) {
    return op::SliceByIndex{.x = x, .begin = b.ints(begin), .end = b.ints(end)};
  };
  auto rest = slice({0, 1}, {0, 0});
  rest.end_mask = {true, true};
  CHECK(b.type(rest) == "f32[N,T-1]");
  auto last = slice({0, -1}, {0, 0});
  last.end_mask = {true, false};
  last.squeeze_mask = {false, true};
  CHECK(b.type(last) == "f32[N]");
  CHECK(b.type(slice({0, 0}, {INT32_MAX, 5})) == "f32[min(2147483647,N),min(5,T)]");
  const auto shape = b.add(op::ShapeOf{x});
  auto head = op::SliceByIndex{.x = shape, .begin = b.ints({1}), .end = b.ints({2})};
  CHECK(b.known(head) == "[T]");
  head.squeeze_mask = {true};
  CHECK(b.known(head) == "[T]");
  CHECK(b.known(op::SliceByIndex{
            .x = shape, .begin = b.ints({-1}), .end = b.ints({-9}), .stride = b.ints({-1})}) ==
        "[T,N]");
  // An end that is itself a size of the tensor.
  CHECK(b.type(op::SliceByIndex{.x = x, .begin = b.ints({0, 0}), .end = shape}) == "f32[N,T]");
}

TEST_CASE("slices name what does not fit") {
  FunctionBench b;
  const auto x = b.floats({"2", "3"});
  CHECK(b.type(op::SliceByIndex{.x = x, .begin = b.ints({0}), .end = b.ints({1})}) ==
        "begin and end must have 2 entries, one per dimension of x, not 1");
  op::SliceByIndex s{.x = x, .begin = b.ints({2, 0}), .end = b.ints({0, 3})};
  s.squeeze_mask = {true, false};
  CHECK(b.type(s) == "begin 2 is outside a dimension of size 2");
  s.squeeze_mask = {true};
  CHECK(b.type(s) == "masks must be empty or have 2 entries, one per dimension of x");
  s.squeeze_mask = {};
  s.stride = b.ints({1, 0});
  CHECK(b.type(s) == "stride is 0");
  CHECK(b.type(op::SliceUpdate{.x = x,
                               .update = b.floats({"2", "2"}),
                               .begin = b.ints({0, 0}),
                               .end = b.ints({1, 2})}) == "update is [2,2], the slice [1,2]");
  CHECK(b.type(op::SliceBySize{x, b.ints({0, 2}), b.ints({2, 2})}) ==
        "begin 2 and size 2 leave a dimension of size 3");
  CHECK(b.type(op::SliceBySize{b.floats({"N"}), b.ints({2}), b.ints({-1})}) == "f32[N-2]");
  CHECK(b.type(op::Split{.x = x, .num_splits = 2, .axis = 1}) ==
        "num_splits 2 does not divide the size 3");
  CHECK(b.type(op::Split{.x = b.floats({"4*N"}), .num_splits = 2}) == "f32[2*N] f32[2*N]");
  CHECK(b.type(op::Split{.x = x, .split_sizes = std::vector<std::int64_t>{1, 1}, .axis = 1}) ==
        "split_sizes [1, 1] do not add up to 3");
}

}  // namespace
}  // namespace corecast
