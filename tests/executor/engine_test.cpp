// Engines as a plan uses them: the list, steps as data, several engines in one program.
#include "executor/engine.h"

#include "tests/executor/agreement.h"
#include "tests/executor/test_engines.h"
#include "tests/support/catch.h"

using namespace corecast;
using namespace corecast::test;
using executor::Arguments;

namespace {

constexpr const char* kChain = R"(func @main(%x: f32[2,3], %y: f32[2,3]) {
  %s = add(x=%x, y=%y)
  %r = relu(x=%s)
  %t = transpose(x=%r) {perm=[1,0]}
  %z = add(x=%r, y=%x)
  return %t, %z
})";

executor::NamedTensors chain_inputs() {
  return {{"x", ir::Tensor::of<float>({1, -2, 3, -4, 5, -6}, {2, 3})},
          {"y", ir::Tensor::of<float>({0, 1, 0, 1, 0, 1}, {2, 3})}};
}

std::unique_ptr<executor::Plan> run_chain(const executor::EngineEntry* engine) {
  auto plan =
      executor::compile(parsed_function(kChain), {}, {.engine = engine, .pool = shared_pool(1)});
  if (!plan) FAIL(plan.error().to_string());
  const auto out = (*plan)->run(chain_inputs());
  if (!out) FAIL(out.error().to_string());
  CHECK(out->at("t").to_doubles() == std::vector<double>{1, 0, 0, 5, 3, 0});
  CHECK(out->at("z").to_doubles() == std::vector<double>{2, -2, 6, -4, 10, -6});
  return std::move(*plan);
}

std::string engines_of(const executor::Plan& plan) {
  std::string out;
  for (const auto& step : plan.profile()) out += cat(step.engine, ".", step.kernel, " ");
  return out;
}

}  // namespace

TEST_CASE("engine: the list begins with cpu, which is always here") {
  CHECK(std::string(executor::engine_list().front().name) == "cpu");
  const auto info = executor::engine_list().front().info();
  CHECK(info.available);
  CHECK(info.devices.size() == 1);
  CHECK(executor::find_engine("cpu") == &executor::engine_list().front());
  CHECK(executor::find_engine("cpus") == nullptr);
}

TEST_CASE("engine: one that is not here is refused with its reason") {
  for (const auto& entry : executor::engine_list()) {
    const auto info = entry.info();
    CHECK(info.why_not.empty() == info.available);
    const auto plan = executor::compile(parsed_function(kChain), {}, {.engine = &entry});
    REQUIRE(plan.has_value() == info.available);
    if (plan) continue;
    CHECK(plan.error().code == Code::E4006);
    CHECK(plan.error().message.find(info.why_not) != std::string::npos);
  }
}

TEST_CASE("engine: steps are data, and print as such") {
  const auto plan = run_chain(nullptr);
  CHECK(plan->program_text() == R"(s0 %x f32[2,3] input
s1 %y f32[2,3] input
s2 %s f32[2,3] arena
s3 %r f32[2,3] view of s2
s4 %t f32[3,2] arena
s5 %z f32[2,3] view of s2
cpu.binary 56 B reads s0 s1 writes s2 may reuse s0
cpu.unary 24 B reads s2 writes s3 may reuse s2
cpu.copy 88 B reads s3 writes s4
cpu.binary 56 B reads s3 s0 writes s5 may reuse s3
)");
  CHECK(engines_of(*plan) == "cpu.binary cpu.unary cpu.copy cpu.binary ");
}

TEST_CASE("engine: what an engine declines goes to the next, and then to the rooms") {
  CHECK(engines_of(*run_chain(&kRoomsEngine)) ==
        "rooms.room rooms.mirror rooms.room rooms.mirror rooms.room rooms.room rooms.mirror "
        "rooms.mirror ");
  CHECK(engines_of(*run_chain(&kAdditionsEngine)) ==
        "rooms.room rooms.mirror cpu.unary cpu.copy rooms.room rooms.mirror ");
  auto plan = executor::compile(parsed_function(kChain), {}, {.reference_only = true});
  REQUIRE((*plan)->run(chain_inputs()).has_value());
  CHECK(engines_of(**plan) ==
        "reference.reference reference.reference reference.reference reference.reference ");
}

TEST_CASE("engine: arguments are the struct that was given") {
  struct Small {
    std::int32_t a, b;
  };
  struct Big {
    std::int64_t numbers[20];
  };
  struct Owner {
    std::vector<int> v;
  };
  const Arguments small(Small{1, 2});
  CHECK(small.as<Small>().b == 2);
  CHECK(small.bytes().size() == 8);
  CHECK_THROWS(small.as<Big>());
  const Arguments big(Big{{7}});
  const Arguments copy = big;
  CHECK(&copy.as<Big>() == &big.as<Big>());
  CHECK(big.bytes().size() == sizeof(Big));
  const Arguments owner(Owner{{1, 2, 3}});
  CHECK(owner.as<Owner>().v.size() == 3);
  CHECK(owner.bytes().empty());
}
