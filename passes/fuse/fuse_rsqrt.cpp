// fuse-rsqrt: reciprocal roots.
//
// Given:   1 / sqrt(x), inverse(sqrt(x)), x ^ -0.5       Result:   rsqrt(x) {epsilon=0}
//          y / sqrt(x)                                             stays: one op either way
//          rsqrt(x + c) {epsilon=e}                                rsqrt(x) {epsilon=e+c}
#include <cmath>

#include "ops/elementwise/elementwise_unary.h"
#include "passes/rewrite.h"

namespace corecast::passes {
namespace {

bool is_float(const Match& m) {
  const ir::DType d = m.result_type().dtype;
  return (d == ir::DType::f32 || d == ir::DType::f16) && m.type("x") == m.result_type();
}

ValueId root(Match& m) {
  return is_float(m) ? m.add(op::Rsqrt{.x = m["x"], .epsilon = 0}) : ValueId();
}

ValueId absorb_epsilon(Match& m) {
  auto rsqrt = m.root_op<op::Rsqrt>();
  const auto c = uniform_constant(m.function(), m["c"]);
  // Only what keeps a root from being one of zero: a larger number is no epsilon, and in 16 bits it
  // would be rounded at another place.
  if (!c || !(*c > 0 && *c < 1e-2) || !is_float(m)) return {};
  rsqrt.x = m["x"];
  rsqrt.epsilon += *c;
  return m.add(rsqrt);
}

const RuleSet& rules() {
  const Pattern x = var("x");
  const auto exact = [](const op::Inverse& i) { return i.epsilon == 0; };
  static const RuleSet instance = {
      rule("rsqrt-quotient", constant(1) / is<op::Sqrt>(x), root),
      rule("rsqrt-inverse", is<op::Inverse>(is<op::Sqrt>(x)).with<op::Inverse>(exact), root),
      rule("rsqrt-power", is<op::Pow>(x, constant(-0.5)), root),
      rule("rsqrt-epsilon", is<op::Rsqrt>(x + any_constant("c")), absorb_epsilon),
  };
  return instance;
}

}  // namespace

Pass fuse_rsqrt_pass() {
  return rewrite_pass("fuse-rsqrt", "Reciprocals of roots become one op.", Numerics::reassociating,
                      rules);
}

}  // namespace corecast::passes
