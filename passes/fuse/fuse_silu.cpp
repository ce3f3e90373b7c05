// fuse-silu: the sigmoid linear unit.
//
// Given:   x * sigmoid(x)      Result:   silu(x)
//          x / (1 + exp(-x))
#include "ops/activation/activation.h"
#include "passes/rewrite.h"

namespace corecast::passes {
namespace {

const RuleSet& rules() {
  const Pattern x = var("x");
  const Pattern minus_x = any_of({is<op::Neg>(x), x * constant(-1)});
  const auto silu = [](Match& m) {
    return m.type("x") == m.result_type() ? m.add(op::Silu{.x = m["x"]}) : ValueId();
  };
  static const RuleSet instance = {
      rule("silu", x * is<op::Sigmoid>(x), silu),
      rule("silu-quotient", x / (is<op::Exp>(minus_x) + constant(1)), silu),
  };
  return instance;
}

}  // namespace

Pass fuse_silu_pass() {
  return rewrite_pass("fuse-silu", "x * sigmoid(x) becomes silu.", Numerics::reassociating, rules);
}

}  // namespace corecast::passes
