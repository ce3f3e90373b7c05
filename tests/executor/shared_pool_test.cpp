// Plans that share a pool of threads: at the same time, from several threads, with the same
// numbers.
#include <cstring>
#include <thread>

#include "base/strings.h"
#include "executor/plan.h"
#include "ir/parse.h"
#include "ops/ops.h"
#include "tests/support/catch.h"

namespace corecast::executor {
namespace {

/// Large enough for every op to be spread over threads; two models, so that other work is in the
/// way each time.
ir::Module chain(const char* activation) {
  std::string text = "func @main(%x: f32[192,192]) {\n %v0 = tanh(x=%x)\n";
  constexpr int kSteps = 12;
  for (int i = 0; i < kSteps; ++i)
    text += cat(" %p", i, " = matmul(x=%v", i, ", y=%x)\n %v", i + 1, " = ", activation, "(x=%p", i,
                ")\n");
  auto m = ir::parse_module(text + cat(" return %v", kSteps, "\n}"), ops::registry());
  if (!m) FAIL(m.error().to_string());
  return std::move(*m);
}

ir::Tensor some_input() {
  ir::Tensor t = ir::Tensor::empty(ir::DType::f32, {192, 192});
  for (std::int64_t i = 0; i < t.count(); ++i)
    t.set(i, static_cast<double>((i * 7919) % 257 - 128) / 1024);
  return t;
}

std::unique_ptr<Plan> plan_of(const ir::Module& m, SharedPool pool) {
  auto plan = compile(m, {}, {.pool = std::move(pool)});
  if (!plan) FAIL(plan.error().to_string());
  return std::move(*plan);
}

}  // namespace

TEST_CASE("plans that share a pool run at the same time, and compute what they do alone") {
  const NamedTensors input = {{"x", some_input()}};
  const ir::Module models[] = {chain("tanh"), chain("sigmoid")};
  const SharedPool pool = shared_pool(3);
  std::thread callers[2];
  int different[2] = {0, 0};
  for (int c = 0; c < 2; ++c) {
    const NamedTensors wanted = plan_of(models[c], shared_pool(1))->run(input).value();
    callers[c] = std::thread([&, c, wanted, plan = plan_of(models[c], pool)] {
      for (int run = 0; run < 60; ++run) {
        const auto got = plan->run(input);
        const bool same = got && got->begin()->second.identical(wanted.begin()->second);
        different[c] += same ? 0 : 1;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(different[0] == 0);
  CHECK(different[1] == 0);
}

TEST_CASE("a pool lives as long as a plan that uses it") {
  const ir::Module m = chain("tanh");
  SharedPool pool = shared_pool(2);
  const std::weak_ptr<ThreadPool> watched = pool;
  auto plan = plan_of(m, std::move(pool));
  CHECK_FALSE(watched.expired());
  CHECK(plan->run({{"x", some_input()}}));
  plan.reset();
  CHECK(watched.expired());
}

}  // namespace corecast::executor
