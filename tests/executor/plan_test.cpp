#include "executor/plan.h"

#include <cmath>
#include <random>

#include "ir/builder.h"
#include "ops/activation/activation.h"
#include "ops/control_flow/control_flow.h"
#include "ops/conv/conv.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/interpret.h"
#include "ops/ops.h"
#include "tests/support/catch.h"

using namespace corecast;
using executor::compile;
using executor::NamedTensors;
using executor::Options;
using executor::Precision;
using ir::DType;
using ir::Tensor;
using ir::ValueId;

namespace {

/// A module of one function under construction.
struct Graph {
  ir::Module module{ops::registry()};
  Graph() { module.functions.emplace_back("main"); }
  ir::Function& f() { return module.functions[0]; }
  ir::Builder b() { return {f(), *module.registry}; }
  ValueId input(const std::string& name, DType dtype, ir::Shape shape) {
    f().inputs.push_back({.name = name});
    return f().add_arg(f().entry(), {dtype, std::move(shape)}, name);
  }
  void output(const std::vector<ValueId>& values) {
    f().set_results(f().entry(), values);
    for (std::size_t i = 0; i < values.size(); ++i)
      f().outputs.push_back({.name = "y" + std::to_string(i)});
  }
};

Tensor random_tensor(std::vector<std::int64_t> dims, unsigned seed) {
  std::mt19937 rng(seed);
  std::normal_distribution<float> normal;
  Tensor t = Tensor::empty(DType::f32, std::move(dims));
  for (float& v : t.mutable_data<float>()) v = normal(rng);
  return t;
}

NamedTensors run(const Graph& g, const NamedTensors& in, const Options& options = {}) {
  auto plan = compile(g.module, {}, options);
  REQUIRE(plan.has_value());
  auto out = (*plan)->run(in);
  if (!out) FAIL(out.error().to_string());
  return *out;
}

double max_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.dims() == b.dims());
  double worst = 0;
  for (std::int64_t i = 0; i < a.count(); ++i)
    worst = std::max(worst, std::fabs(a.at(i) - b.at(i)));
  return worst;
}

}  // namespace

TEST_CASE("plan: agrees with the interpreter") {
  Graph g;
  const ValueId x = g.input("x", DType::f32, {2, ir::Dim::symbol("N")});
  auto b = g.b();
  const ValueId s = b.add(op::Sigmoid{.x = x});
  const ValueId t = b.add(op::Add{.x = s, .y = x});
  const ValueId u = b.add(op::Relu{.x = b.add(op::Mul{.x = t, .y = b.scalar(DType::f32, -2)})});
  g.output({u, t});
  for (const bool reference : {true, false})
    for (const std::int64_t n : {1, 7, 33}) {  // one specialisation each
      const NamedTensors in{{"x", random_tensor({2, n}, 1)}};
      const auto want = ops::interpret(g.f(), in);
      REQUIRE(want.has_value());
      const auto got = run(g, in, {.reference_only = reference});
      CHECK(max_difference(want->at("y0"), got.at("y0")) < 1e-6);
      CHECK(max_difference(want->at("y1"), got.at("y1")) < 1e-6);
    }
}

TEST_CASE("plan: inputs are checked by name, type and shape") {
  Graph g;
  const ValueId n = ValueId();
  (void)n;
  const ValueId x = g.input("x", DType::f32, {ir::Dim::symbol("N"), ir::Dim::symbol("N")});
  g.output({g.b().add(op::Relu{.x = x})});
  auto plan = compile(g.module);
  REQUIRE(plan.has_value());
  CHECK_FALSE((*plan)->run({}).has_value());
  CHECK_FALSE((*plan)->run({{"x", random_tensor({2, 3}, 1)}}).has_value());
  CHECK_FALSE((*plan)->run({{"x", Tensor::zeros(DType::i32, {2, 2})}}).has_value());
  CHECK_FALSE(
      (*plan)->run({{"x", random_tensor({2, 2}, 1)}, {"z", random_tensor({1}, 1)}}).has_value());
  CHECK((*plan)->run({{"x", random_tensor({2, 2}, 1)}}).has_value());
  CHECK_FALSE(compile(g.module, "other").has_value());
}

TEST_CASE("plan: precisions") {
  Graph g;
  const ValueId x = g.input("x", DType::f16, {4});
  auto b = g.b();
  const ValueId big = b.add(op::Mul{.x = x, .y = b.scalar(DType::f16, 1000)});
  g.output({b.add(op::Mul{.x = big, .y = b.scalar(DType::f16, 0.001)})});
  const NamedTensors in{{"x", Tensor::of<float>({1, 2, 100, -100})}};
  const Tensor full = run(g, in, {.precision = Precision::fp32}).at("y0");
  CHECK(full.dtype() == DType::f32);
  CHECK(full.at(2) == Approx(100).epsilon(1e-3));  // the constant 0.001 is an fp16 weight
  const Tensor half = run(g, in, {.precision = Precision::fp16}).at("y0");
  CHECK(half.dtype() == DType::f32);
  CHECK(std::isinf(half.at(2)));  // 100000 overflows fp16
  const Tensor native = run(g, in, {.precision = Precision::native}).at("y0");
  CHECK(native.dtype() == DType::f16);
  CHECK(std::isinf(native.at(3)));
  CHECK(native.at(0) == half.at(0));
}

TEST_CASE("plan: every value can be observed, and nested blocks run") {
  Graph g;
  const ValueId x = g.input("x", DType::f32, {3});
  const ValueId p = g.input("p", DType::boolean, {});
  auto b = g.b();
  const ValueId y = b.add(op::Relu{.x = x}, "clamped");
  const auto yes = g.f().add_block();
  const auto no = g.f().add_block();
  ir::Builder by(g.f(), *g.module.registry, {yes, {}});
  g.f().set_results(yes, {by.add(op::Add{.x = y, .y = x})});
  ir::Builder bn(g.f(), *g.module.registry, {no, {}});
  g.f().set_results(no, {bn.add(op::Neg{.x = y})});
  const ValueId r = b.add(op::Cond{.pred = p, .true_ = yes, .false_ = no});
  g.output({b.add(op::Relu{.x = r})});
  auto plan = compile(g.module);
  REQUIRE(plan.has_value());
  std::vector<std::string> seen;
  executor::RunOptions options;
  options.observe = [&](ValueId v, const Tensor& t) {
    CHECK(t.dims() == std::vector<std::int64_t>{3});
    seen.push_back((*plan)->function().value(v).name);
  };
  const Tensor in = Tensor::of<float>({-1, 2, 3});
  auto out = (*plan)->run({{"x", in}, {"p", Tensor::scalar(true)}}, options);
  if (!out) FAIL(out.error().to_string());
  CHECK(out->at("y0").to_doubles() == std::vector<double>{0, 4, 6});
  CHECK(seen.size() == 3);
  CHECK(seen[0] == "clamped");
  out = (*plan)->run({{"x", in}, {"p", Tensor::scalar(false)}});
  REQUIRE(out.has_value());
  CHECK(out->at("y0").to_doubles() == std::vector<double>{0, 0, 0});
}
