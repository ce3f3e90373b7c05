// The driver of rules: what it looks at again after a rewrite, and when it leaves off.
#include "passes/rewrite.h"

#include "ops/activation/activation.h"
#include "ops/elementwise/elementwise_unary.h"
#include "tests/passes/equivalence.h"

namespace corecast::passes {
namespace {

/// %v is found to be a tanh only after its users were looked at: what else uses %s goes last.
std::string late_discovery(int users) {
  std::string text = "func @main(%x: f32[4]) {\n %s = sigmoid(x=%x)\n %v = exp(x=%s)\n";
  std::string results;
  for (int i = 0; i < users; ++i) {
    text += cat(" %u", i, " = relu(x=%v)\n");
    results += cat("%u", i, ", ");
  }
  return text + " %l = sin(x=%s)\n return " + results + "%l\n}";
}

RuleSet late_rules(std::function<void()> on_relu = [] {}) {
  const Pattern x = var("x");
  return {
      rule("tanh", is<op::Exp>(is<op::Sigmoid>(x)),
           [](Match& m) { return m.add(op::Tanh{m["x"]}); }),
      rule("relu-of-tanh", is<op::Relu>(is<op::Tanh>(x).shared()),
           [on_relu = std::move(on_relu)](Match& m) {
             on_relu();
             return m.add(op::Abs{m["x"]});
           }),
      rule("cos", is<op::Sin>(is<op::Sigmoid>(x).shared()),
           [](Match& m) { return m.add(op::Cos{m["x"]}); }),
  };
}

TEST_CASE("rewriting: every user of a replaced value is looked at again, however many there are") {
  for (const int users : {1, 256, 257, 1000}) {
    ir::Function f = test::parse(late_discovery(users));
    PassContext context;
    CHECK(rewrite(f, ops::registry(), late_rules(), context));
    CHECK(context.hits["relu-of-tanh"] == users);
    CHECK(f.op_count() == static_cast<std::size_t>(users) + 1);
  }
}

TEST_CASE("rewriting: leaves off when it is stopped") {
  ir::Function f = test::parse(late_discovery(1000));
  std::atomic<bool> flag = false;
  int rewrites = 0;
  PassContext context;
  context.stop = &flag;
  rewrite(f, ops::registry(), late_rules([&] { flag = ++rewrites == 3; }), context);
  CHECK(rewrites == 3);
}

}  // namespace
}  // namespace corecast::passes
