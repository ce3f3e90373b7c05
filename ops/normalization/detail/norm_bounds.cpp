#include "ops/normalization/detail/norm_bounds.h"

#include <cmath>

#include "ir/function.h"
#include "ops/detail/sums.h"

namespace corecast::op {

double members_along(const BoundsContext& c, ValueId x,
                     const std::optional<std::vector<std::int64_t>>& axes) {
  return sum_bounds(Interval::only(1), c.f.type(x).shape, axes, DType::i64).hi;
}

double members_from(const BoundsContext& c, ValueId x, std::size_t first) {
  std::vector<std::int64_t> axes;
  for (std::size_t i = first; i < c.f.type(x).shape.size(); ++i)
    axes.push_back(static_cast<std::int64_t>(i));
  return members_along(c, x, axes);
}

Interval normalized_bounds(const BoundsContext& c, double members, ValueId gamma, ValueId beta,
                           double epsilon) {
  if (!(epsilon >= 0)) return {};
  const double most = std::sqrt(members) * 1.0001;
  Interval out{-most, most};
  if (gamma) out = out * c.of(gamma);
  return beta ? out + c.of(beta) : out;
}

Interval bounds_of_batch(const BatchNorm& op, const BoundsContext& c) {
  const auto number = [&](ValueId v, std::int64_t i, double absent) {
    const Tensor* t = v ? c.f.constant(v) : nullptr;
    return t ? t->at(i) : absent;
  };
  for (const ValueId v : {op.mean, op.variance, op.gamma, op.beta}) {
    if (v && !c.f.is_constant(v)) return {};
  }
  std::optional<Interval> all;
  for (std::int64_t i = 0; i < c.f.constant(op.mean)->count(); ++i) {
    const double scale = number(op.gamma, i, 1) / std::sqrt(number(op.variance, i, 1) + op.epsilon);
    if (!std::isfinite(scale)) return {};
    const Interval own =
        (c.of(op.x) - Interval::only(number(op.mean, i, 0))) * Interval::only(scale) +
        Interval::only(number(op.beta, i, 0));
    all = all ? hull(*all, own) : own;
  }
  return all ? sum_bounds(*all, 1, 1, DType::f32) : Interval();
}

}  // namespace corecast::op
