#include "tests/ops/text_bench.h"
#include "tests/support/catch.h"

namespace corecast {
namespace {

using ir::Tensor;
using test::numbers;
using test::parse;
using test::try_run;

constexpr auto kSum = R"(
func @main(%x: f32[N,2], %y: f32[N,2]) {
  %a = add(x=%x, y=%y)
  %b = relu(x=%a)
  return %b
})";

TEST_CASE("interpret checks its inputs") {
  const auto x = Tensor::of<float>({1, -2, 3, -4}, {2, 2});
  CHECK(numbers(kSum, {{"x", x}, {"y", x}}) == std::vector<double>{2, 0, 6, 0});
  auto message = [&](const ops::NamedTensors& inputs) {
    return try_run(kSum, inputs).error().message;
  };
  CHECK(message({{"x", x}}) == "input 'y' is missing");
  CHECK(message({{"x", x}, {"y", x}, {"z", x}}) == "the model has no input 'z'");
  CHECK(message({{"x", x}, {"y", Tensor::zeros(ir::DType::f32, {2, 3})}}) ==
        "input 'y' is f32[2,3] where the model takes f32[N,2]");
  CHECK(message({{"x", x}, {"y", x.cast(ir::DType::f16)}}) ==
        "input 'y' is f16[2,2] where the model takes f32[N,2]");
  CHECK(message({{"x", x}, {"y", Tensor::zeros(ir::DType::f32, {3, 2})}}) ==
        "input 'y': size N is 3 here and 2 elsewhere");
}

TEST_CASE("interpret observes and rounds every result") {
  const auto x = Tensor::of<float>({1, 1e-9f}, {1, 2});
  std::vector<double> seen;
  ops::InterpretOptions options;
  options.round = [](const Tensor& t) { return t.cast(ir::DType::f16).cast(t.dtype()); };
  options.observe = [&](ir::ValueId, const Tensor& t) { seen.push_back(t.at(1)); };
  const auto out = try_run(kSum, {{"x", x}, {"y", x}}, options).value();
  CHECK(out[0].to_doubles() == std::vector<double>{2, 0});
  CHECK(seen == std::vector<double>{0, 0});
}

TEST_CASE("errors of an evaluation name the op") {
  const auto error = try_run(R"(
func @main(%x: i32[1]) {
  %zero = const dense<i32[1]: 0>
  %y = floor_div(x=%x, y=%zero)
  return %y
})",
                             {{"x", Tensor::of<std::int32_t>({3})}})
                         .error();
  CHECK(error.message == "floor_div: y holds an integer zero");
  CHECK(error.code == Code::E2101);
}

constexpr auto kCond = R"(
func @main(%p: bool[], %x: f32[2]) {
  %y = cond(pred=%p) {
    true_branch() {
      %a = square(x=%x)
      yield %a
    }
    false_branch() {
      yield %x
    }
  }
  return %y
})";

TEST_CASE("cond runs one block, which sees the values around it") {
  const auto x = Tensor::of<float>({3, -3});
  CHECK(numbers(kCond, {{"p", Tensor::scalar(true)}, {"x", x}}) == std::vector<double>{9, 9});
  CHECK(numbers(kCond, {{"p", Tensor::scalar(false)}, {"x", x}}) == std::vector<double>{3, -3});
}

TEST_CASE("while_loop carries its variables") {
  const auto text = R"(
func @main(%n: i32[], %x: f32[]) {
  %zero = const dense<i32[]: 0>
  %one = const dense<i32[]: 1>
  %i, %y = while_loop(loop_vars=(%zero, %x)) {
    cond(%ci: i32[], %cy: f32[]) {
      %go = less(x=%ci, y=%n)
      yield %go
    }
    body(%bi: i32[], %by: f32[]) {
      %next = add(x=%bi, y=%one)
      %twice = add(x=%by, y=%by)
      yield %next, %twice
    }
  }
  return %y, %i
})";
  auto run = [&](std::int32_t n) {
    return test::run(text, {{"n", Tensor::scalar(n)}, {"x", Tensor::scalar(1.5f)}});
  };
  CHECK(run(0)[0].at(0) == 1.5);
  CHECK(run(5)[0].at(0) == 48);
  CHECK(run(5)[1].at_int(0) == 5);
}

TEST_CASE("only whole constant ops are folded") {
  const auto f = parse(R"(
func @main(%x: f32[2]) {
  %c = const dense<f32[2]: 1, 2>
  %a = add(x=%c, y=%c)
  %b = add(x=%x, y=%c)
  return %a, %b
})");
  std::vector<std::optional<ir::Tensors>> folded;
  for (const auto op : f.ops(f.entry())) folded.push_back(ops::evaluate_constant(f, op));
  REQUIRE(folded.size() == 2);
  CHECK(folded[0]->at(0).to_doubles() == std::vector<double>{2, 4});
  CHECK_FALSE(folded[1].has_value());
}

}  // namespace
}  // namespace corecast
