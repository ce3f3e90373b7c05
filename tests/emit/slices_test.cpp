#include "converter/emit/slices.h"

#include "ops/shape/slice_by_index.h"
#include "tests/emit/drafted.h"

namespace corecast::emit {
namespace {

constexpr std::int64_t kEnd = INT64_MAX;

/// 0..n-1 cut as numpy cuts it.
std::vector<std::int64_t> cut(std::int64_t n, std::int64_t start, std::int64_t end,
                              std::int64_t step, bool flexible = false) {
  Drafted d;
  const ValueId x = d.input("x", DType::i32, {flexible ? Dim::symbol("N") : Dim(n)});
  Slices s{.x = x, .starts = d.e.ints({start}), .ends = d.e.ints({end}), .steps = {step}};
  d.finish({sliced(d.e, s)});
  std::vector<std::int32_t> values;
  for (std::int64_t i = 0; i < n; ++i) values.push_back(static_cast<std::int32_t>(i));
  return d.run({{"x", Tensor::of(values)}}).to_ints();
}

using Ints = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("slices clamp and count from the end as numpy does, at fixed and flexible sizes") {
  for (const bool flexible : {false, true}) {
    CHECK(cut(5, 1, 3, 1, flexible) == Ints{1, 2});
    CHECK(cut(5, -2, kEnd, 1, flexible) == Ints{3, 4});
    CHECK(cut(5, 0, -1, 2, flexible) == Ints{0, 2});
    CHECK(cut(5, 3, 1, 1, flexible).empty());
    CHECK(cut(5, -1, INT64_MIN, -2, flexible) == Ints{4, 2, 0});
    CHECK(cut(5, 3, 0, -1, flexible) == Ints{3, 2, 1});
  }
  CHECK(cut(5, 7, 9, 1).empty());
  CHECK(cut(5, -9, 2, 1) == Ints{0, 1});
}

TEST_CASE("a slice that cuts nothing is no op, and edges are masks") {
  Drafted d;
  const Dim n = Dim::symbol("N");
  const ValueId x = d.input("x", DType::f32, {n, 4});
  CHECK(sliced(d.e, {.x = x, .starts = d.e.ints({0, 0}), .ends = d.e.ints({kEnd, 4})}) == x);
  const ValueId y = sliced(d.e, {.x = x, .starts = d.e.ints({1}), .ends = d.e.ints({kEnd})});
  CHECK(d.e.shape(y)[0] == n - Dim(1));
  const ValueId z =
      sliced(d.e, {.x = x, .starts = d.e.ints({1}), .ends = d.e.ints({3}), .axes = {-1}});
  CHECK(ir::to_string(d.e.type(z)) == "f32[N,2]");
}

TEST_CASE("bounds that depend on data are read at run time") {
  Drafted d;
  const ValueId x = d.input("x", DType::i32, {5, 2});
  const ValueId from = d.input("from", DType::i64, {1});
  d.finish({sliced(d.e, {.x = x, .starts = from, .ends = d.e.ints({4})})});
  const Tensor all = Tensor::of(std::vector<std::int32_t>{0, 0, 1, 1, 2, 2, 3, 3, 4, 4}, {5, 2});
  const auto out = d.run({{"x", all}, {"from", Tensor::of(std::vector<std::int64_t>{2})}});
  CHECK(out.to_ints() == Ints{2, 2, 3, 3});
}

TEST_CASE("slices that do not fit are problems") {
  const auto code = [](const Slices& s, auto change) {
    Drafted d;
    Slices mine = s;
    mine.x = d.input("x", DType::f32, {5, 2});
    mine.starts = d.e.ints({1});
    mine.ends = d.e.ints({2});
    change(d, mine);
    CHECK_FALSE(sliced(d.e, mine));
    return d.code();
  };
  const auto nothing = [](Drafted&, Slices&) {};
  CHECK(code({.axes = {2}}, nothing) == "E2005");
  CHECK(code({.axes = {0, 1}}, nothing) == "E2005");
  CHECK(code({.steps = {0}}, nothing) == "E2005");
  CHECK(code({}, [](Drafted& d, Slices& s) { s.ends = d.e.ints({1, 2}); }) == "E2005");
  CHECK(code({}, [](Drafted& d, Slices& s) { s.starts = d.e.int_scalar(1); }) == "E2005");
}

TEST_CASE("one axis") {
  Drafted d;
  const ValueId x = d.input("x", DType::f32, {5, 4});
  CHECK(ir::to_string(d.e.type(slice_axis(d.e, x, 1, 1, 3))) == "f32[5,2]");
  CHECK(ir::to_string(d.e.type(slice_axis(d.e, x, 0, std::nullopt, 2))) == "f32[2,4]");
  CHECK(ir::to_string(d.e.type(slice_axis(d.e, x, 0, -1, std::nullopt))) == "f32[1,4]");
}

}  // namespace corecast::emit
