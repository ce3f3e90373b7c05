// fuse-softmax: the normalised exponential.
//
// Given:   %m = reduce_max(x=%x) {axes=[a], keep_dims=true}       Result:   softmax(x=%x) {axis=a}
//          %e = exp(x=%x - %m)
//          %s = reduce_sum(x=%e) {axes=[a], keep_dims=true}
//          %y = %e / %s
//
//          %e * (1 / %s)                                           softmax(x=%x) {axis=a}
//          matmul(%e, %v) / %s, a the last axis                    matmul(softmax(x=%x), %v)
//
// Also without the maximum, which only keeps the exponential finite: softmax subtracts it anyway.
#include "ops/activation/softmax.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/linear/matmul.h"
#include "ops/reduction/reduction.h"
#include "passes/fuse/factors.h"
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
  if (m.has("inverse") && !fuse::is_nothing(m.op<op::Inverse>("inverse").epsilon)) return {};
  const auto axis = one_axis<op::ReduceSum>(m, m["sum"]);
  if (!axis || (m.has("max") && one_axis<op::ReduceMax>(m, m["max"]) != axis)) return {};
  return m.add(op::Softmax{.x = m["x"], .axis = *axis});
}

/// The sum divides what the weights were used for.
ValueId product(Match& m) {
  auto product = m.op<op::Matmul>("product");
  const auto axis = one_axis<op::ReduceSum>(m, m["sum"]);
  const std::int64_t rank = m.type("x").rank();
  if (!axis || *axis != rank - 1 || rank != m.result_type().rank() || product.transpose_x)
    return {};
  if (m.has("max") && one_axis<op::ReduceMax>(m, m["max"]) != axis) return {};
  product.x = m.add(op::Softmax{.x = m["x"], .axis = *axis});
  return m.add(product);
}

const RuleSet& rules() {
  const Pattern x = var("x");
  const Pattern shifted = is<op::Exp>(x - is<op::ReduceMax>(x).named("max")).named("e");
  const Pattern plain = is<op::Exp>(x).named("e");
  const Pattern sum = is<op::ReduceSum>(var("e")).named("sum");
  const Pattern reciprocal = any_of({constant(1) / sum, is<op::Inverse>(sum).named("inverse")});
  static const RuleSet instance = {
      rule("softmax", shifted / sum, softmax),
      rule("softmax-unshifted", plain / sum, softmax),
      rule("softmax-reciprocal", any_of({shifted * reciprocal, plain * reciprocal}), softmax),
      rule("softmax-product",
           any_of({is<op::Matmul>(shifted).named("product") / sum,
                   is<op::Matmul>(plain).named("product") / sum}),
           product),
  };
  return instance;
}

}  // namespace

Pass fuse_softmax_pass() {
  return rewrite_pass("fuse-softmax", "Exponentials over their sum become softmax.",
                      Numerics::reassociating, rules);
}

}  // namespace corecast::passes
