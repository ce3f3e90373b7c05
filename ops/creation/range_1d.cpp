#include "ops/creation/range_1d.h"

#include <cmath>

#include "ops/detail/view.h"

namespace corecast::op {

namespace {

// Number of elements; empty where it cannot be said before the run.
std::optional<Dim> length_of(const Dim& end, const Dim& start, const Dim& step) {
  if (!step.is_constant() || step.value() == 0) return std::nullopt;
  const Dim span = step.value() > 0 ? end - start : start - end;
  return at_least_zero(ceil_div(span, step.value() > 0 ? step : -step));
}

Result<std::int64_t> float_length(double end, double start, double step) {
  const double n = std::ceil((end - start) / step);
  if (step == 0 || !std::isfinite(n))
    return eval_error("no range runs from ", start, " to ", end, " by ", step);
  // More than any memory holds.
  if (n > 0x1p48)
    return eval_error("the range from ", start, " to ", end, " by ", step, " is too long");
  return n < 0 ? 0 : static_cast<std::int64_t>(n);
}

struct Ends {
  Dim end, start, step;
};
std::optional<Ends> known_ends(const Range1d& op, const InferContext& c) {
  const auto end = c.known(op.end), start = c.known(op.start), step = c.known(op.step);
  if (!end || !start || !step) return std::nullopt;
  return Ends{end->at(0), start->at(0), step->at(0)};
}

Result<Types> infer(const Range1d& op, InferContext& c) {
  for (const ValueId v : {op.end, op.start, op.step}) {
    if (c.rank(v) != 0)
      return infer_error("end, start and step must be scalars, not of rank ", c.rank(v));
  }
  const DType dtype = c.dtype(op.end);
  if (const auto ends = known_ends(op, c)) {
    if (ends->step == Dim(0)) return infer_error("step is 0");
    if (const auto n = length_of(ends->end, ends->start, ends->step))
      return Types{Type(dtype, {*n})};
  }
  const Tensor *end = c.constant(op.end), *start = c.constant(op.start),
               *step = c.constant(op.step);
  if (ir::is_floating(dtype) && end && start && step) {
    TRY(const std::int64_t n, float_length(end->at(0), start->at(0), step->at(0)));
    return Types{Type(dtype, {Dim(n)})};
  }
  return Types{Type(dtype, {c.fresh()})};
}

Result<Tensors> eval(const Range1d& op, EvalContext& c) {
  const Tensor &end = c.tensor(op.end), &start = c.tensor(op.start), &step = c.tensor(op.step);
  const DType dtype = end.dtype();
  if (ir::is_floating(dtype)) {
    TRY(const std::int64_t n, float_length(end.at(0), start.at(0), step.at(0)));
    Tensor out = Tensor::empty(dtype, {n});
    for (std::int64_t i = 0; i < n; ++i)
      out.set(i, start.at(0) + static_cast<double>(i) * step.at(0));
    return Tensors{out};
  }
  const std::int64_t by = step.at_int(0);
  if (by == 0) return eval_error("step is 0");
  const Dim n = *length_of(end.at_int(0), start.at_int(0), by);
  TRY(const auto dims, actual_dims({n}, "range_1d"));
  Tensor out = Tensor::empty(dtype, dims);
  for (std::int64_t i = 0; i < dims[0]; ++i) out.set_int(i, start.at_int(0) + i * by);
  return Tensors{out};
}

std::optional<Dims> known(const Range1d& op, const InferContext& c) {
  const auto ends = known_ends(op, c);
  const auto n = ends ? length_of(ends->end, ends->start, ends->step) : std::nullopt;
  if (!n || !n->is_constant() || n->value() > kKnownLimit) return std::nullopt;
  Dims out;
  for (std::int64_t i = 0; i < n->value(); ++i) out.push_back(ends->start + Dim(i) * ends->step);
  return out;
}

Interval bounds_of_range(const Range1d& op, const BoundsContext& c) {
  const Interval start = c.of(op.start), end = c.of(op.end);
  if (c.of(op.step).lo < 0) return hull(start, end);
  return {start.lo, std::max(start.lo, end.hi)};
}

}  // namespace

OpSchema range_1d_schema() {
  using Op = Range1d;
  return make_schema<Op>(
      {.name = "range_1d",
       .doc = "start + i * step for i from 0 while short of end.",
       .mil = {"range_1d"},
       .traits =
           traits::indices().needing(Digits::counts).looked_through(Walk::positions | Walk::sign),
       .bounds = bounds_of_range,
       .cost = cost::written,
       .infer = infer,
       .eval = eval,
       .known = known},
      operand<&Op::end>("end", kNumbers, "Scalar; not reached.").grouped('T'),
      operand<&Op::start>("start", kNumbers, "Scalar; the first element.").grouped('T'),
      operand<&Op::step>("step", kNumbers, "Scalar; not 0.").grouped('T'));
}

}  // namespace corecast::op
