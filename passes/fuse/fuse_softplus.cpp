// fuse-softplus: logarithms of 1 and an exponential, or of two exponentials.
//
// Given:   log(1 + exp(x))             Result:   softplus(x)
//          log(c + c * exp(x))                   softplus(x) + log c         (c > 0)
//          log(sigmoid(x))                       -softplus(-x)
//          log(1 - sigmoid(x))                   -softplus(x)
//          log(exp(a) + exp(b))                  max(a, b) + softplus(-|a - b|)
//
// All are equal for every finite x, and the results are right where exponentials would be infinite.
#include <cmath>

#include "ops/activation/activation.h"
#include "passes/fuse/factors.h"
#include "passes/rewrite.h"

namespace corecast::passes {
namespace {

bool fits(const Match& m) {
  return ir::is_floating(m.result_type().dtype) && fuse::is_nothing(m.root_op<op::Log>().epsilon);
}

ValueId softplus(Match& m) { return fits(m) ? m.add(op::Softplus{m["u"]}) : ValueId(); }

ValueId scaled(Match& m) {
  const auto c = uniform_constant(m.function(), m["c"]), d = uniform_constant(m.function(), m["d"]);
  if (!fits(m) || !c || !d || *c != *d || !(*c > 0) || !std::isfinite(*c)) return {};
  const ValueId plus = m.add(op::Softplus{m["u"]});
  return m.add(op::Add{plus, m.scalar(m.result_type().dtype, std::log(*c))});
}

ValueId log_sigmoid(Match& m, double sign) {
  if (!fits(m)) return {};
  const ValueId x = fuse::times(m, m["u"], sign);
  return x ? m.add(op::Neg{m.add(op::Softplus{x})}) : ValueId();
}

ValueId of_two(Match& m) {
  const ValueId a = m["a"], b = m["b"];
  if (!fits(m) || a == b) return {};
  const ValueId apart = m.add(op::Neg{m.add(op::Abs{m.add(op::Sub{a, b})})});
  return m.add(op::Add{m.add(op::Maximum{a, b}), m.add(op::Softplus{apart})});
}

const RuleSet& rules() {
  const Pattern u = var("u"), one = constant(1);
  const Pattern e = is<op::Exp>(u).shared();
  const Pattern ea = is<op::Exp>(var("a")).shared(), eb = is<op::Exp>(var("b")).shared();
  const Pattern gate = is<op::Sigmoid>(u).shared();
  static const RuleSet instance = {
      rule("softplus", is<op::Log>((e + one).shared()), softplus),
      rule("softplus-scaled", is<op::Log>(e * any_constant("c") + any_constant("d")), scaled),
      rule("log-sigmoid", is<op::Log>(gate), [](Match& m) { return log_sigmoid(m, -1); }),
      rule("log-sigmoid-complement", is<op::Log>((one - gate).shared()),
           [](Match& m) { return log_sigmoid(m, 1); }),
      rule("log-of-two-exponentials", is<op::Log>((ea + eb).shared()), of_two),
  };
  return instance;
}

}  // namespace

Pass fuse_softplus_pass() {
  return rewrite_pass("fuse-softplus",
                      "Logarithms of sigmoids, and of 1 and an exponential, become softplus.",
                      Numerics::reassociating, rules);
}

}  // namespace corecast::passes
