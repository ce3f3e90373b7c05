// Whoever waits for an import can end it: nothing of it is left, and nothing is reported but that.
#include <chrono>
#include <thread>

#include "converter/onnx/wire_scan.h"
#include "tests/onnx/imported.h"

namespace corecast::onnx {
namespace {

/// Functions that call each other twice: a small file that takes seconds to unfold.
ModelBuilder doubling() {
  ModelBuilder m;
  m.use_domain("local");
  for (int i = 0; i < 60; ++i) {
    auto& f = m.function("F" + std::to_string(i), {"a"}, {"c"});
    *f.add_opset_import() = m.model.opset_import(1);
    for (const auto& [in, out] : {std::pair{"a", "b"}, {"b", "c"}}) {
      auto& n = *f.add_node();
      put(i == 0 ? "Relu" : "F" + std::to_string(i - 1), {in}, {out}, {}, n);
      if (i > 0) n.set_domain("local");
    }
  }
  m.graph.input("x", {"3"}).node("F59", {"x"}, {"y"}, {}, "local").output("y");
  return m;
}

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
