// Whoever waits for an import can end it: nothing of it is left, and nothing is reported but that.
#include <chrono>
#include <thread>

#include "converter/onnx/wire_scan.h"
#include "tests/onnx/doubling.h"

namespace corecast::onnx {
namespace {

void check_stopped(const Outcome& outcome) {
  CHECK(outcome.code() == "E5104");
  CHECK(outcome.error.kind() == ErrorKind::interrupted);
  CHECK(outcome.diagnostics.all().empty());
}

}  // namespace

TEST_CASE("stop: an import that nobody waits for does not begin") {
  const std::atomic<bool> flag = true;
  const ImportOptions options{.stop = &flag};
  check_stopped(imported(relu(), options));
  // Not even with what is wrong with the model.
  ModelBuilder m;
  m.graph.input("x", {"3"}).node("Foo", {"x"}, {"y"}).output("y");
  check_stopped(imported(m, options));
  CHECK(strip_weights(as_bytes(relu().bytes()), &flag).error().code == Code::E5104);
}

TEST_CASE("stop: an import ends between two nodes") {
  using Clock = std::chrono::steady_clock;
  std::atomic<bool> flag = false;
  Clock::time_point requested;
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    requested = Clock::now();
    flag = true;
  });
  const Outcome outcome = imported(doubling(), {.stop = &flag});
  const auto ended = Clock::now();
  later.join();
  check_stopped(outcome);
  CHECK(std::chrono::duration<double>(ended - requested).count() < 0.5);
}

}  // namespace corecast::onnx
