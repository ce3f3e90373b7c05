// Whoever waits for a conversion can end it while a model is mapped to its target, or read.
#include "converter/coreml/legalise/legalise.h"
#include "converter/coreml/mil_reader.h"
#include "converter/coreml/mil_writer.h"
#include "converter/coreml/rules.h"
#include "tests/coreml/temp_folder.h"
#include "tests/support/parsed.h"

namespace corecast::coreml {
namespace {

using test::parsed;

/// The sum of two constants of 64-bit integers that can be watched while they are read.
struct Watched {
  std::atomic<bool> stop = false;
  int read_after_stop = 0;
  ir::Module module = parsed(
      "func @main(%x: i64[4096]) {\n %a = add(x=%x, y=%x)\n %b = add(x=%a, y=%x)\n return %b\n}");

  Watched() {
    ir::Function& f = module.main();
    for (const ir::OpId op : f.ops(f.entry())) f.set_operand(op, 1, f.add_constant(watched()));
  }
  /// The first one to be read requests the stop.
  ir::Tensor watched() {
    constexpr std::size_t kBytes = 4096 * 8;
    return {ir::DType::i64,
            {4096},
            std::make_shared<ir::LazyBuffer>(kBytes, [this](std::size_t, std::span<std::byte> out) {
              read_after_stop += stop ? 1 : 0;
              stop = true;
              std::fill(out.begin(), out.end(), std::byte{0});
            })};
  }
};

}  // namespace

TEST_CASE("stop: legalisation leaves off between two constants") {
  Watched w;
  passes::PassContext context;
  context.rules = rules_for({});
  context.stop = &w.stop;
  Diagnostics diagnostics;
  context.diagnostics = &diagnostics;
  const auto stopped = passes::run_pipeline(w.module, "legalise", context, {}, passes());
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().code == Code::E5104);
  CHECK(w.stop);
  CHECK(w.read_after_stop == 0);
  CHECK(diagnostics.all().empty());
}

TEST_CASE("stop: legalisation that nobody waits for changes nothing") {
  ir::Module m = parsed("func @main(%x: i64[4]) {\n %a = add(x=%x, y=%x)\n return %a\n}");
  const std::atomic<bool> flag = true;
  passes::PassContext context;
  context.rules = rules_for({});
  context.stop = &flag;
  const auto changed = legalise_pass().run(m, context);
  REQUIRE(changed);
  CHECK_FALSE(*changed);
}

TEST_CASE("stop: reading a package ends before its next op") {
  TempFolder folder;
  const std::string package = folder / "m.mlpackage";
  REQUIRE(write_package(
      parsed("func @main(%x: f32[4]) {\n %a = tanh(x=%x)\n %b = exp(x=%a)\n return %b\n}"), package,
      {}));
  const std::atomic<bool> flag = true;
  Diagnostics diagnostics;
  const auto read = read_package(package, diagnostics, &flag);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == Code::E5104);
  CHECK(diagnostics.all().empty());
}

}  // namespace corecast::coreml
