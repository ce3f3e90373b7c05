// Ctrl-C while a model is read or run: code 130 at once, and nothing written.
#include <unistd.h>

#include <chrono>
#include <csignal>

#include "base/strings.h"
#include "tests/cli/program.h"
#include "tests/support/catch.h"

namespace corecast::test {
namespace {

using namespace onnx_build;
using Clock = std::chrono::steady_clock;

/// Functions that call each other twice: `depth` decides how long the import takes.
ModelBuilder doubling(int depth) {
  ModelBuilder m;
  m.use_domain("local");
  for (int i = 0; i < depth; ++i) {
    auto& f = m.function(cat("F", i), {"a"}, {"c"});
    *f.add_opset_import() = m.model.opset_import(1);
    for (const auto& [in, out] : {std::pair{"a", "b"}, {"b", "c"}}) {
      auto& n = *f.add_node();
      put(i == 0 ? "Relu" : cat("F", i - 1), {in}, {out}, {}, n);
      if (i > 0) n.set_domain("local");
    }
  }
  m.graph.input("x", {"3"}).node(cat("F", depth - 1), {"x"}, {"y"}, {}, "local").output("y");
  return m;
}

}  // namespace

TEST_CASE("130: Ctrl-C while a model is read") {
  TempFolder folder;
  write_text(folder / "m.onnx", doubling(60).bytes());
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"convert", folder / "m.onnx", "-o", folder / "m.mlpackage"},
        {"run", folder / "m.onnx", "-o", folder / "y.npz"},
        {"inspect", folder / "m.onnx"},
        {"check", folder / "m.onnx"}}) {
    CAPTURE(arguments);
    Clock::time_point sent;
    const Ended e = corecast(arguments, {{}, [&](pid_t pid) {
                                           ::usleep(200'000);
                                           sent = Clock::now();
                                           ::kill(pid, SIGINT);
                                         }});
    CHECK(e.code == 130);
    CHECK(e.err.find("E5104") != std::string::npos);
    CHECK(std::chrono::duration<double>(Clock::now() - sent).count() < 2);
    CHECK(folder.entries() == 1);
  }
}

}  // namespace corecast::test
