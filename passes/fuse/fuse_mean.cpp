// fuse-mean: sums that are divided by the number of their elements, and moments of them.
//
// Given:   c * reduce_sum(x)                                Result:   n * c * reduce_mean(x)
//          reduce_sum(reduce_sum(x))                                  reduce_sum(x), over all axes
//          reduce_mean(reduce_mean(x))                                reduce_mean(x)
//          reduce_mean(x^2) - reduce_mean(x)^2                        reduce_mean((x - mean)^2)
//          reduce_mean(x * y) - reduce_mean(x) * reduce_mean(y)       reduce_mean((x - mean) *
//                                                                                 (y - mean))
//
// n, the number of elements, is known, and |c| < 1. Equal for all finite x and y. A mean is no
// larger than what it is the mean of, and the second form of a moment does not cancel.
#include <cmath>

#include "ops/elementwise/elementwise_unary.h"
#include "ops/reduction/reduction.h"
#include "passes/fuse/reductions.h"
#include "passes/fuse/weights.h"
#include "passes/rewrite.h"

namespace corecast::passes {
namespace {

ValueId mean(Match& m) {
  const ir::DType dtype = m.result_type().dtype;
  auto c = uniform_constant(m.function(), m["c"]);
  const auto sum = m.op<op::ReduceSum>("sum");
  const auto n = fuse::elements(m, sum);
  if (!c || !n || !ir::is_floating(dtype) || !(m.type("sum") == m.result_type())) return {};
  if (m.function().is(m.root, OpKind::RealDiv)) c = 1 / *c;
  const double factor = *c * *n;
  if (!(std::fabs(*c) < 1) || *c == 0 || !fuse::representable(dtype, {factor})) return {};
  const ValueId y = m.add(op::ReduceMean{.x = sum.x, .axes = sum.axes, .keep_dims = sum.keep_dims});
  constexpr double rounding = 1e-6;  // 1 / n is a float
  if (std::fabs(factor - 1) < rounding) return y;
  return m.add(op::Mul{y, m.scalar(dtype, factor)});
}

template <class Op>
ValueId in_one_step(Match& m) {
  auto outer = m.root_op<Op>();
  const auto inner = m.op<Op>("inner");
  if (!outer.keep_dims || !inner.keep_dims) return {};
  auto axes = fuse::axes_of(m, inner);
  for (const auto a : fuse::axes_of(m, outer)) {
    if (std::find(axes.begin(), axes.end(), a) == axes.end()) axes.push_back(a);
  }
  std::sort(axes.begin(), axes.end());
  outer.x = inner.x;
  outer.axes = axes;
  return m.add(outer);
}

/// v less its mean, the matched one where that has kept its dims.
ValueId centered(Match& m, ValueId v, std::string_view name) {
  auto mean = m.op<op::ReduceMean>(name);
  if (mean.keep_dims) return m.add(op::Sub{v, m[name]});
  mean.keep_dims = true;
  return m.add(op::Sub{v, m.add(mean)});
}

/// Whether `name` is the mean of x over these axes.
bool is_mean(const Match& m, std::string_view name, const op::ReduceMean& moment) {
  const auto r = m.op<op::ReduceMean>(name);
  return r.keep_dims == moment.keep_dims && m.type(r.x) == m.type(moment.x) &&
         fuse::axes_of(m, r) == fuse::axes_of(m, moment);
}

ValueId variance(Match& m) {
  const auto moment = m.op<op::ReduceMean>("moment");
  if (!ir::is_floating(m.result_type().dtype) || !is_mean(m, "mean", moment)) return {};
  const auto axes = fuse::axes_of(m, moment);
  const ValueId square = m.add(op::Square{centered(m, m["x"], "mean")});
  return m.add(op::ReduceMean{.x = square, .axes = axes, .keep_dims = moment.keep_dims});
}

ValueId covariance(Match& m) {
  const auto moment = m.op<op::ReduceMean>("moment");
  if (!ir::is_floating(m.result_type().dtype) || !is_mean(m, "x_mean", moment) ||
      !is_mean(m, "y_mean", moment))
    return {};
  const auto axes = fuse::axes_of(m, moment);
  const ValueId product =
      m.add(op::Mul{centered(m, m["x"], "x_mean"), centered(m, m["y"], "y_mean")});
  return m.add(op::ReduceMean{.x = product, .axes = axes, .keep_dims = moment.keep_dims});
}

const RuleSet& rules() {
  const Pattern x = var("x"), y = var("y"), c = any_constant("c");
  const Pattern sum = is<op::ReduceSum>().named("sum");
  const auto mean_of = [](const Pattern& p, std::string_view name) {
    return is<op::ReduceMean>(p).named(name).shared();
  };
  const Pattern mean_x = mean_of(x, "mean");
  static const RuleSet instance = {
      rule("sum-in-one-step", is<op::ReduceSum>(is<op::ReduceSum>().named("inner")),
           in_one_step<op::ReduceSum>),
      rule("mean-in-one-step", is<op::ReduceMean>(is<op::ReduceMean>().named("inner")),
           in_one_step<op::ReduceMean>),
      rule("mean", any_of({sum * c, sum / c}), mean),
      rule("variance", mean_of(is<op::Square>(x).shared(), "moment") - is<op::Square>(mean_x),
           variance),
      rule("covariance",
           mean_of((x * y).shared(), "moment") - mean_of(x, "x_mean") * mean_of(y, "y_mean"),
           covariance),
  };
  return instance;
}

}  // namespace

Pass fuse_mean_pass() {
  return rewrite_pass("fuse-mean", "Means in place of sums, and moments about the mean.",
                      Numerics::reassociating, rules);
}

}  // namespace corecast::passes
