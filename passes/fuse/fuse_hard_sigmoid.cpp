// fuse-hard-sigmoid: piecewise linear sigmoids, and what they gate.
//
// Given:   relu6(x + 3) / 6            Result:   sigmoid_hard(x) {alpha=1/6, beta=0.5}
//          clip(a * x + b, 0, 1)                 sigmoid_hard(x) {alpha=a, beta=b}
//          x * sigmoid_hard(x)                   hard_swish(x)     (alpha 1/6, beta 0.5)
//          x * relu6(x + 3) / 6                  hard_swish(x)
#include <cmath>

#include "ops/activation/activation.h"
#include "passes/rewrite.h"

namespace corecast::passes {
namespace {

Pattern sixth(const Pattern& p) { return any_of({p / constant(6), p * constant(1.0 / 6)}); }

bool near(double a, double b) { return std::fabs(a - b) <= 1e-5 * std::fabs(b); }

bool unit_clip(const op::Clip& c) { return c.alpha == 0 && c.beta == 1; }
bool is_swish_gate(const op::SigmoidHard& s) { return near(s.alpha, 1.0 / 6) && near(s.beta, 0.5); }

bool keeps_type(const Match& m) { return m.type("x") == m.result_type(); }

/// clip(a * x + b, 0, 1), with constants of one value each where they are given.
ValueId hard_sigmoid(Match& m) {
  op::SigmoidHard s{.x = m["x"], .alpha = 1, .beta = 0};
  for (const auto& [name, target] : {std::pair{"a", &s.alpha}, {"b", &s.beta}}) {
    if (!m.has(name)) continue;
    const auto v = uniform_constant(m.function(), m[name]);
    if (!v || !std::isfinite(*v)) return {};
    *target = *v;
  }
  if (m.has("d")) {
    const auto v = uniform_constant(m.function(), m["d"]);
    if (!v || !std::isfinite(1 / *v)) return {};
    s.alpha = 1 / *v;
  }
  return keeps_type(m) ? m.add(s) : ValueId();
}

ValueId sixth_sigmoid(Match& m) {
  return keeps_type(m) ? m.add(op::SigmoidHard{.x = m["x"], .alpha = 1.0 / 6, .beta = 0.5})
                       : ValueId();
}
ValueId hard_swish(Match& m) {
  return keeps_type(m) ? m.add(op::HardSwish{.x = m["x"]}) : ValueId();
}

const RuleSet& rules() {
  const Pattern x = var("x"), a = any_constant("a"), b = any_constant("b"), d = any_constant("d");
  const Pattern six = is<op::Relu6>(x + constant(3));
  const auto clipped = [](const Pattern& p) { return is<op::Clip>(p).with<op::Clip>(unit_clip); };
  static const RuleSet instance = {
      rule("hard-sigmoid-relu6", sixth(six), sixth_sigmoid),
      rule("hard-sigmoid-clip", clipped(any_of({x * a + b, x / d + b})), hard_sigmoid),
      rule("hard-swish", x * is<op::SigmoidHard>(x).with<op::SigmoidHard>(is_swish_gate),
           hard_swish),
      rule("hard-swish-relu6", any_of({sixth(x * six), sixth(x) * six}), hard_swish),
  };
  return instance;
}

}  // namespace

Pass fuse_hard_sigmoid_pass() {
  return rewrite_pass("fuse-hard-sigmoid", "Piecewise linear sigmoids and swishes become one op.",
                      Numerics::reassociating, rules);
}

}  // namespace corecast::passes
