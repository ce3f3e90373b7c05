// fuse-log-sum-exp: logarithms of sums of exponentials, and of softmax.
//
// Given:   log(reduce_sum(exp(x)))          Result:   reduce_log_sum_exp(x)
//          reduce_log_sum(exp(x))                     reduce_log_sum_exp(x)
//          log(softmax(x))                            log_softmax(x)
//
// All are equal for every finite x, and the results are right where the exponentials would be
// infinite, or 0. A mean is none of them: next to log n, the rest of log(reduce_mean(exp(x))) may
// be small.
#include "ops/activation/softmax.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/reduction/reduction.h"
#include "passes/fuse/factors.h"
#include "passes/rewrite.h"

namespace corecast::passes {
namespace {

bool fits(const Match& m) {
  const auto log = m.function().get_if<op::Log>(m.root);
  return ir::is_floating(m.result_type().dtype) && (!log || fuse::is_nothing(log->epsilon));
}

/// The reduction that `of` makes, of x.
template <class Op>
ValueId reduced(Match& m, const Op& of) {
  return m.add(op::ReduceLogSumExp{.x = m["x"], .axes = of.axes, .keep_dims = of.keep_dims});
}

ValueId of_sum(Match& m) { return fits(m) ? reduced(m, m.op<op::ReduceSum>("sum")) : ValueId(); }
ValueId of_log_sum(Match& m) {
  return fits(m) ? reduced(m, m.root_op<op::ReduceLogSum>()) : ValueId();
}
ValueId of_softmax(Match& m) {
  const auto softmax = m.op<op::Softmax>("softmax");
  return fits(m) ? m.add(op::LogSoftmax{.x = softmax.x, .axis = softmax.axis}) : ValueId();
}

const RuleSet& rules() {
  const Pattern e = is<op::Exp>(var("x")).shared();
  const Pattern sum = is<op::ReduceSum>(e).named("sum").shared();
  static const RuleSet instance = {
      rule("log-sum-exp", is<op::Log>(sum), of_sum),
      rule("log-sum-exp-one-op", is<op::ReduceLogSum>(e), of_log_sum),
      rule("log-softmax", is<op::Log>(is<op::Softmax>().named("softmax").shared()), of_softmax),
  };
  return instance;
}

}  // namespace

Pass fuse_log_sum_exp_pass() {
  return rewrite_pass("fuse-log-sum-exp",
                      "Logarithms of sums of exponentials, and of softmax, become one op.",
                      Numerics::reassociating, rules);
}

}  // namespace corecast::passes
