// fuse-sigmoid: sigmoid and tanh, written out with exponentials.
//
// Given:   p / (1 + exp(-x))                           Result:   p * sigmoid(x)
//          exp(x) / (1 + exp(x))                                 sigmoid(x)
//          exp(a) / (exp(a) + exp(b))                            sigmoid(a - b)
//          1 - sigmoid(x)                                        sigmoid(-x)
//          (exp(x) - exp(-x)) / (exp(x) + exp(-x))               tanh(x)
//          sinh(x) / cosh(x)                                     tanh(x)
//          (exp(x) - 1) / (exp(x) + 1), and turned over          tanh(x / 2)
//          2 * sigmoid(x) - 1, and turned over                   tanh(x / 2)
//
// All are equal for every finite x and p, and the results are right where the exponentials would be
// infinite.
#include "ops/activation/activation.h"
#include "passes/fuse/factors.h"
#include "passes/rewrite.h"

namespace corecast::passes {
namespace {

using fuse::minus;
using fuse::times;

bool fits(const Match& m) {
  return ir::is_floating(m.result_type().dtype) &&
         (!m.has("inverse") || fuse::is_nothing(m.op<op::Inverse>("inverse").epsilon));
}

/// f(u * factor), with u in the result's own type.
template <class Op>
ValueId of_exponent(Match& m, double factor) {
  if (!fits(m) || !(m.type("u") == m.result_type())) return {};
  const ValueId x = times(m, m["u"], factor);
  return x ? m.add(Op{x}) : ValueId();
}

ValueId sigmoid(Match& m) { return of_exponent<op::Sigmoid>(m, 1); }
ValueId sigmoid_of_minus(Match& m) { return of_exponent<op::Sigmoid>(m, -1); }
ValueId tanh(Match& m) { return of_exponent<op::Tanh>(m, 1); }
ValueId tanh_of_half(Match& m) { return of_exponent<op::Tanh>(m, 0.5); }
ValueId tanh_of_minus_half(Match& m) { return of_exponent<op::Tanh>(m, -0.5); }

/// The numerator, which may broadcast, times the gate.
ValueId gated(Match& m, double factor) {
  if (!fits(m)) return {};
  const ValueId x = times(m, m["u"], factor);
  return x ? m.add(op::Mul{m["p"], m.add(op::Sigmoid{x})}) : ValueId();
}

ValueId sigmoid_of_difference(Match& m) {
  if (!fits(m)) return {};
  return m.add(op::Sigmoid{m.add(op::Sub{m["a"], m["b"]})});
}

const RuleSet& rules() {
  const Pattern u = var("u"), one = constant(1);
  const Pattern e = is<op::Exp>(u).shared();
  const Pattern turned =
      any_of({is<op::Exp>(minus(u)), one / e, is<op::Inverse>(e).named("inverse")});
  const Pattern n = turned.shared();
  const Pattern more = (e + one).shared(), less = any_of({e - one, e + constant(-1)}).shared();
  const Pattern ea = is<op::Exp>(var("a")).shared(), eb = is<op::Exp>(var("b")).shared();
  const Pattern gate = is<op::Sigmoid>(u);
  const Pattern doubled = gate * constant(2);
  static const RuleSet instance = {
      rule("tanh-quotient", (e - n) / (e + n), tanh),
      rule("tanh-hyperbolic", is<op::Sinh>(u) / is<op::Cosh>(u), tanh),
      rule("tanh-one-exponential", less / more, tanh_of_half),
      rule("tanh-one-exponential-turned", (one - e) / more, tanh_of_minus_half),
      rule("tanh-sigmoid", any_of({doubled - one, doubled + constant(-1)}), tanh_of_half),
      rule("tanh-sigmoid-turned", one - doubled, tanh_of_minus_half),
      rule("sigmoid-share", e / more, sigmoid),
      rule("sigmoid-product-share", (var("p") * e) / more, [](Match& m) { return gated(m, 1); }),
      rule("sigmoid-pair", ea / (ea + eb), sigmoid_of_difference),
      rule("sigmoid-quotient", one / more, sigmoid_of_minus),
      rule("sigmoid-inverse", is<op::Inverse>(more).named("inverse"), sigmoid_of_minus),
      rule("sigmoid-power", is<op::Pow>(more, constant(-1)), sigmoid_of_minus),
      rule("sigmoid-gate", var("p") / more, [](Match& m) { return gated(m, -1); }),
      rule("sigmoid-complement", one - gate, sigmoid_of_minus),
  };
  return instance;
}

}  // namespace

Pass fuse_sigmoid_pass() {
  return rewrite_pass("fuse-sigmoid",
                      "Sigmoid and tanh written out with exponentials become one op.",
                      Numerics::reassociating, rules);
}

}  // namespace corecast::passes
