#include "ops/activation/softmax.h"

#include <limits>

#include "ops/detail/curves.h"
#include "ops/elements.h"

namespace corecast::op {

namespace {

template <class Op>
Result<Types> infer(const Op& op, InferContext& c) {
  TRY_VOID(normalize_axis(op.axis, c.rank(op.x)));
  return Types{c.type(op.x)};
}

template <class Op>
Result<Tensors> eval(const Op& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  TRY(const std::int64_t axis, normalize_axis(op.axis, x.rank()));
  const AxisSplit s = split_at(x.dims(), axis);
  Tensor out = c.output();
  for (std::int64_t o = 0; o < s.outer; ++o) {
    for (std::int64_t i = 0; i < s.inner; ++i) {
      double most = -std::numeric_limits<double>::infinity(), sum = 0;
      for (std::int64_t k = 0; k < s.length; ++k) most = std::max(most, x.at(s.at(o, k, i)));
      for (std::int64_t k = 0; k < s.length; ++k) sum += std::exp(x.at(s.at(o, k, i)) - most);
      for (std::int64_t k = 0; k < s.length; ++k) {
        const double shifted = x.at(s.at(o, k, i)) - most;
        out.set(s.at(o, k, i),
                Op::kind == OpKind::Softmax ? std::exp(shifted) / sum : shifted - std::log(sum));
      }
    }
  }
  return Tensors{std::move(out)};
}

}  // namespace

OpSchema softmax_schema() {
  return make_schema<Softmax>(
      {.name = "softmax",
       .doc = "e^x divided by its sum along one axis; stable.",
       .mil = {"softmax"},
       .traits = traits::normalization(Overflow::never).of_scale(Scale::unit),
       .bounds = bounds::within(0, 1),
       .cost = cost::traffic,
       .infer = infer<Softmax>,
       .eval = eval<Softmax>},
      operand<&Softmax::x>("x", kFloats, "Rank 1 or more."),
      attr<&Softmax::axis>("axis", "Negative counts from the end."));
}

namespace {

/// -(largest - smallest) - ln(size of the axis) at least.
Interval bounds_of_log_softmax(const LogSoftmax& op, const BoundsContext& c) {
  const Interval x = c.of(op.x), places = place_bounds(c, op.x, op.axis);
  const double least = (x.lo - x.hi - std::log(places.hi + 1)) * (1 + 1e-9);
  return std::isfinite(least) ? Interval{least, 0} : bounds::at_most(0);
}

}  // namespace

OpSchema log_softmax_schema() {
  return make_schema<LogSoftmax>({.name = "log_softmax",
                                  .doc = "ln(softmax(x)) along one axis; stable.",
                                  .traits = traits::normalization(Overflow::floats),
                                  .bounds = bounds_of_log_softmax,
                                  .cost = cost::traffic,
                                  .infer = infer<LogSoftmax>,
                                  .eval = eval<LogSoftmax>},
                                 operand<&LogSoftmax::x>("x", kFloats, "Rank 1 or more."),
                                 attr<&LogSoftmax::axis>("axis", "Negative counts from the end."));
}

}  // namespace corecast::op
