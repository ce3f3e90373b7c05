#include "ops/reduction/cumsum.h"

#include "ir/function.h"
#include "ops/detail/sums.h"
#include "ops/elements.h"

namespace corecast::op {

namespace {

Result<Types> infer(const Cumsum& op, InferContext& c) {
  TRY_VOID(normalize_axis(op.axis, c.rank(op.x)));
  return Types{c.type(op.x)};
}

Result<Tensors> eval(const Cumsum& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  TRY(const std::int64_t axis, normalize_axis(op.axis, x.rank()));
  const AxisSplit s = split_at(x.dims(), axis);
  Tensor out = c.output();
  // add(total, i) is the total with element i; put(i, total) stores it.
  auto run = [&](auto zero, const auto& add, const auto& put) {
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (std::int64_t i = 0; i < s.inner; ++i) {
        auto total = zero;
        for (std::int64_t step = 0; step < s.length; ++step) {
          const std::int64_t at = s.at(o, op.reverse ? s.length - 1 - step : step, i);
          if (op.exclusive) put(at, total);
          total = add(total, at);
          if (!op.exclusive) put(at, total);
        }
      }
    }
  };
  if (ir::is_floating(x.dtype())) {
    run(
        0.0, [&](double total, std::int64_t i) { return total + x.at(i); },
        [&](std::int64_t i, double total) { out.set(i, total); });
  } else {
    with_int(x.dtype(), [&](auto t) {
      using T = decltype(t);
      const auto in = x.data<T>();
      auto to = out.mutable_data<T>();
      run(
          std::uint64_t{0},
          [&](std::uint64_t total, std::int64_t i) {
            return total + bits_of_int(in[static_cast<std::size_t>(i)]);
          },
          [&](std::int64_t i, std::uint64_t total) {
            to[static_cast<std::size_t>(i)] = wrapped<T>(total);
          });
    });
  }
  return Tensors{std::move(out)};
}

Interval bounds_of_running_sum(const Cumsum& op, const BoundsContext& c) {
  const Shape& shape = c.f.type(op.x).shape;
  const auto rank = static_cast<std::int64_t>(shape.size());
  const Dim& size = shape.at(static_cast<std::size_t>(op.axis < 0 ? op.axis + rank : op.axis));
  const auto most = size.upper_bound();
  return sum_bounds(c.of(op.x), 0, most ? static_cast<double>(*most) : Interval().hi,
                    c.dtype(op.x));
}

}  // namespace

OpSchema cumsum_schema() {
  return make_schema<Cumsum>({.name = "cumsum",
                              .doc = "Running sums along one axis; integers wrap around.",
                              .mil = {"cumsum"},
                              .traits = traits::reduction(Accumulates::sums, Overflow::both)
                                            .needing(Digits::counts)
                                            .looked_through(Walk::positions),
                              .bounds = bounds_of_running_sum,
                              .cost = cost::traffic,
                              .infer = infer,
                              .eval = eval},
                             operand<&Cumsum::x>("x", kNumbers, "Rank 1 or more."),
                             attr<&Cumsum::axis>("axis", "Negative counts from the end."),
                             attr<&Cumsum::exclusive>("exclusive", "Leave out the element itself."),
                             attr<&Cumsum::reverse>("reverse", "Sum from the end."));
}

}  // namespace corecast::op
