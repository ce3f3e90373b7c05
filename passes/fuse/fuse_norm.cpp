// fuse-norm: roots of sums of squares.
//
// Given:   sqrt(reduce_sum(x^2))          Result:   reduce_l2_norm(x)
//          reduce_sum(x^2)^0.5
//
// Equal for all x whose squares are finite, and finite where these are not.
#include "ops/elementwise/elementwise_unary.h"
#include "ops/reduction/reduction.h"
#include "passes/rewrite.h"

namespace corecast::passes {
namespace {

ValueId norm(Match& m) {
  const auto sum = m.op<op::ReduceSum>("sum");
  if (!ir::is_floating(m.result_type().dtype) || !(m.type("sum") == m.result_type())) return {};
  return m.add(op::ReduceL2Norm{.x = m["x"], .axes = sum.axes, .keep_dims = sum.keep_dims});
}

const RuleSet& rules() {
  const Pattern sum = is<op::ReduceSum>(is<op::Square>(var("x"))).named("sum");
  static const RuleSet instance = {
      rule("l2-norm", any_of({is<op::Sqrt>(sum), is<op::Pow>(sum, constant(0.5))}), norm),
  };
  return instance;
}

}  // namespace

Pass fuse_norm_pass() {
  return rewrite_pass("fuse-norm", "Roots of sums of squares become one op.",
                      Numerics::reassociating, rules);
}

}  // namespace corecast::passes
