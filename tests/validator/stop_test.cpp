// Whoever waits for a verdict can end it: within half a second, whatever goes on.
#include <chrono>
#include <thread>

#include "base/strings.h"
#include "ir/parse.h"
#include "ops/ops.h"
#include "tests/support/catch.h"
#include "validator/process.h"
#include "validator/validate.h"

namespace corecast::validator {
namespace {

using Clock = std::chrono::steady_clock;

/// Sets a flag after some time on a thread of its own.
class Later {
 public:
  explicit Later(int milliseconds)
      : thread_([this, milliseconds] {
          std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
          requested_ = Clock::now();
          flag_ = true;
        }) {}
  ~Later() {
    if (thread_.joinable()) thread_.join();
  }
  Stop stop() const { return &flag_; }
  /// Seconds from then until now. To be asked once.
  double seconds_since() {
    const auto now = Clock::now();
    thread_.join();
    return std::chrono::duration<double>(now - requested_).count();
  }

 private:
  std::atomic<bool> flag_ = false;
  Clock::time_point requested_;
  std::thread thread_;
};

/// Takes seconds to run, in steps of milliseconds.
ir::Module heavy() {
  std::string text = "func @main(%x: f32[256,256]) {\n %v0 = tanh(x=%x)\n";
  constexpr int steps = 4000;
  for (int i = 0; i < steps; ++i) text += cat(" %v", i + 1, " = matmul(x=%v", i, ", y=%x)\n");
  auto m = ir::parse_module(text + cat(" return %v", steps, "\n}"), ops::registry());
  if (!m) FAIL(m.error().to_string());
  return std::move(*m);
}

TEST_CASE("stop: a run ends between two of its steps") {
  const ir::Module m = heavy();
  const NamedTensors sample = {{"x", ir::Tensor::splat(ir::DType::f32, {256, 256}, 1e-3)}};
  Later later(100);
  const auto runner =
      embedded_runner(m, executor::Precision::fp32, shared_pool(1), later.stop()).value();
  auto ran = runner->run(sample);
  while (ran) ran = runner->run(sample);
  CHECK(later.seconds_since() < 0.5);
  CHECK(ran.error().code == Code::E5104);
}

TEST_CASE("stop: so does a validation, and says that it was interrupted") {
  const ir::Module m = heavy();
  const NamedTensors sample = {{"x", ir::Tensor::splat(ir::DType::f32, {256, 256}, 1e-3)}};
  Later later(150);
  Options options;
  options.pool = shared_pool(1);
  options.stop = later.stop();
  const auto reference =
      embedded_runner(m, executor::Precision::fp32, shared_pool(1), later.stop()).value();
  auto report = validate(*reference, &m, m, {sample, sample}, options);
  while (report) report = validate(*reference, &m, m, {sample}, options);
  CHECK(later.seconds_since() < 0.5);
  CHECK(report.error().code == Code::E5104);
  CHECK(report.error().kind() == ErrorKind::interrupted);
}

TEST_CASE("stop: another process is ended") {
  Later later(50);
  const auto ran = run_process({"sleep", "30"}, 60, later.stop());
  REQUIRE_FALSE(ran);
  CHECK(ran.error().code == Code::E5104);
  CHECK(later.seconds_since() < 0.5);
}

}  // namespace
}  // namespace corecast::validator
