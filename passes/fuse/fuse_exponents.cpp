// fuse-exponents: quotients and products of exponentials.
//
// Given:   exp(a) / exp(b)      Result:   exp(a - b)
//          exp(a) * exp(b)                exp(a + b)
//          1 / exp(a)                     exp(-a)
//
// Equal for all finite a and b; large exponents that cancel never become infinite.
#include "ops/elementwise/elementwise_unary.h"
#include "passes/fuse/factors.h"
#include "passes/rewrite.h"

namespace corecast::passes {
namespace {

bool fits(const Match& m) {
  return ir::is_floating(m.result_type().dtype) &&
         (!m.function().is(m.root, OpKind::Inverse) ||
          fuse::is_nothing(m.root_op<op::Inverse>().epsilon));
}

template <class Op>
ValueId joined(Match& m) {
  return fits(m) ? m.add(op::Exp{m.add(Op{m["a"], m["b"]})}) : ValueId();
}
ValueId turned(Match& m) {
  if (!fits(m) || !(m.type("a") == m.result_type())) return {};
  const ValueId x = fuse::times(m, m["a"], -1);
  return x ? m.add(op::Exp{x}) : ValueId();
}

const RuleSet& rules() {
  const Pattern a = is<op::Exp>(var("a")), b = is<op::Exp>(var("b"));
  static const RuleSet instance = {
      rule("exponential-quotient", a / b, joined<op::Sub>),
      rule("exponential-product", a * b, joined<op::Add>),
      rule("exponential-turned", any_of({constant(1) / a, is<op::Inverse>(a)}), turned),
  };
  return instance;
}

}  // namespace

Pass fuse_exponents_pass() {
  return rewrite_pass("fuse-exponents", "Exponentials of sums in place of products and quotients.",
                      Numerics::reassociating, rules);
}

}  // namespace corecast::passes
