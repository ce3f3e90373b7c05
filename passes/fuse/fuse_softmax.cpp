// fuse-softmax: the normalised exponential.
//
// Given:   %m = reduce_max(x=%x) {axes=[a], keep_dims=true}       Result:   softmax(x=%x) {axis=a}
//          %e = exp(x=%x - %m)
//          %s = reduce_sum(x=%e) {axes=[a], keep_dims=true}
//          %y = %e / %s
//
// Also without the maximum, which only keeps the exponential finite: softmax subtracts it anyway.
#include "ops/activation/softmax.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/reduction/reduction.h"
#include "passes/rewrite.h"

namespace corecast::passes {
namespace {

/// The axis of a reduction along one that keeps its dimension.
template <class Op>
std::optional<std::int64_t> one_axis(const Match& m, ValueId v) {
  const auto r = m.function().def_if<Op>(v);
  if (!r || !r->keep_dims) return std::nullopt;
  const std::int64_t rank = m.type(r->x).rank();
  if (!r->axes) return rank == 1 ? std::optional<std::int64_t>(0) : std::nullopt;
  if (r->axes->size() != 1) return std::nullopt;
  const std::int64_t axis = r->axes->front();
  return axis < 0 ? axis + rank : axis;
}

ValueId softmax(Match& m) {
  const auto axis = one_axis<op::ReduceSum>(m, m["sum"]);
  if (!axis || (m.has("max") && one_axis<op::ReduceMax>(m, m["max"]) != axis)) return {};
  return m.add(op::Softmax{.x = m["x"], .axis = *axis});
}

const RuleSet& rules() {
  const Pattern x = var("x");
  const Pattern shifted = is<op::Exp>(x - is<op::ReduceMax>(x).named("max")).named("e");
  const Pattern plain = is<op::Exp>(x).named("e");
  const Pattern sum = is<op::ReduceSum>(var("e")).named("sum");
  static const RuleSet instance = {
      rule("softmax", shifted / sum, softmax),
      rule("softmax-unshifted", plain / sum, softmax),
  };
  return instance;
}

}  // namespace

Pass fuse_softmax_pass() {
  return rewrite_pass("fuse-softmax", "Exponentials over their sum become softmax.",
                      Numerics::reassociating, rules);
}

}  // namespace corecast::passes
