// A target that is not Core ML goes through the same pipeline, the same expansion driver and the
// same executor.
#include "tests/target/toy_target.h"

#include <cmath>

#include "executor/plan.h"
#include "ops/interpret.h"
#include "ops/op_kind.h"
#include "tests/ops/text_bench.h"
#include "tests/support/catch.h"

using namespace corecast;

namespace {

struct Mapped {
  ir::Module module;
  Diagnostics diagnostics;
  std::optional<Error> error;
};

Mapped mapped(std::string_view text, std::optional<ops::Version> version = {}) {
  Mapped out{ir::Module(ops::registry()), {}, {}};
  out.module.functions.push_back(test::parse(text));
  passes::PassContext context;
  context.rules = ops::Rules(toy::rules(), version);
  context.diagnostics = &out.diagnostics;
  const auto& list = toy::passes();
  const auto runs =
      passes::run_pipeline(out.module, passes::standard_pipeline(list, false), context, {}, list);
  if (!runs) out.error = runs.error();
  return out;
}

/// The one diagnostic of a module that the target cannot express.
Error refusal(std::string_view text, std::optional<ops::Version> version = {}) {
  const Mapped m = mapped(text, version);
  REQUIRE(m.error);
  REQUIRE(m.diagnostics.all().size() == 1);
  return m.diagnostics.all()[0].error;
}

/// The element types of what the ops of a kind give.
std::vector<ir::DType> made_by(const ir::Function& f, ir::OpKind kind) {
  std::vector<ir::DType> types;
  ir::for_each_op(f, [&](ir::OpId id) {
    if (f.is(id, kind)) types.push_back(f.type(f.op(id).results[0]).dtype);
  });
  return types;
}

ops::NamedTensors inputs() {
  std::vector<float> x(12), w(20);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.3F * static_cast<float>(i) - 1.7F;
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = 0.1F * static_cast<float>(i % 7) - 0.2F;
  return {{"x", ir::Tensor::of(x, {3, 4})}, {"w", ir::Tensor::of(w, {4, 5})}};
}

constexpr std::string_view kNet =
    "func @main(%x: f32[3,4], %w: f32[4,5]) {\n %r = relu(x=%x)\n %g = gelu(x=%r) "
    "{mode=\"EXACT\"}\n"
    " %m = matmul(x=%g, y=%w)\n %b = const dense<f32[5]: 1, 2, 3, 4, 5>\n %a = add(x=%m, y=%b)\n"
    " %p = softmax(x=%a) {axis=-1}\n %s = reduce_max(x=%p) {axes=[0], keep_dims=true}\n"
    " return %p, %s\n}";

}  // namespace

TEST_CASE("toy target: what is written runs as the source does") {
  const Mapped m = mapped(kNet, 1);
  if (m.error) FAIL(m.error->to_string());
  const std::string text = toy::write(m.module);
  for (const char* gone : {"relu", "gelu", "softmax", "matmul"})
    CHECK(text.find(gone) == std::string::npos);
  for (const char* there : {"\"larger\"", "\"erf\"", "\"product\"", "\"over\""})
    CHECK(text.find(there) != std::string::npos);

  const auto want = ops::interpret(test::parse(kNet), inputs());
  REQUIRE(want);
  const ir::Module back = toy::read(text);
  const auto plan = executor::compile(back, "main", {.pool = shared_pool(1)});
  if (!plan) FAIL(plan.error().to_string());
  const auto got = (*plan)->run(inputs());
  if (!got) FAIL(got.error().to_string());
  REQUIRE(got->size() == want->size());
  for (const auto& [name, a] : *want) {
    const ir::Tensor& b = got->at(name);
    REQUIRE(a.dims() == b.dims());
    for (std::int64_t i = 0; i < a.count(); ++i)
      CHECK(std::fabs(a.at(i) - b.at(i)) <= 1e-5 * (1 + std::fabs(a.at(i))));
  }
  CHECK(toy::write(back) == text);
}

TEST_CASE("toy target: its own ops, ranks and versions decide") {
  const Error op = refusal("func @main(%x: f32[4]) {\n %y = sin(x=%x)\n return %y\n}");
  CHECK(op.code == Code::E3003);
  CHECK(op.message == "op sin cannot be expressed: The toy has no such op");
  CHECK(refusal("func @main(%x: f32[1,1,1,2,2]) {\n %y = exp(x=%x)\n return %y\n}").message ==
        "op exp cannot be expressed: its result has rank 5, more than 4");

  const auto gelu = "func @main(%x: f32[4]) {\n %y = gelu(x=%x) {mode=\"EXACT\"}\n return %y\n}";
  const Error old = refusal(gelu, 0);
  CHECK(old.message == "op gelu cannot be expressed for toy1: it is computed with erf");
  CHECK(old.help == "raise the deployment target to toy2");
  CHECK_FALSE(mapped(gelu, 1).error);
  CHECK_FALSE(mapped(gelu).error);  // some version has it
}

TEST_CASE("toy target: bools are computed with in a type that it takes") {
  const auto text =
      "func @main(%x: i32[4]) {\n %b = cast(x=%x) {dtype=bool}\n"
      " %s = const dense<i32[2]: 2, 2>\n %y = reshape(x=%b, shape=%s)\n return %y\n}";
  const Mapped m = mapped(text);
  if (m.error) FAIL(m.error->to_string());
  const ir::Function& f = m.module.main();
  CHECK(made_by(f, ir::OpKind::Reshape) == std::vector{ir::DType::i32});
  CHECK(to_string(f.type(f.block(f.entry()).results[0])) == "bool[2,2]");
}

TEST_CASE("toy target: halves are computed with as floats, and nothing is made narrower") {
  const Mapped m = mapped("func @main(%x: f16[4]) {\n %y = exp(x=%x)\n return %y\n}");
  if (m.error) FAIL(m.error->to_string());
  const ir::Function& f = m.module.main();
  CHECK(made_by(f, ir::OpKind::Exp) == std::vector{ir::DType::f32});
  CHECK(to_string(f.type(f.block(f.entry()).results[0])) == "f16[4]");
  CHECK(refusal("func @main(%x: f64[4]) {\n %y = exp(x=%x)\n return %y\n}").message ==
        "op exp cannot be expressed: it does not take f64");
}
