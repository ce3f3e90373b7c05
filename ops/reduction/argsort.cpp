#include "ops/reduction/argsort.h"

#include "ops/detail/curves.h"
#include "ops/detail/sorting.h"

namespace corecast::op {

namespace {

Result<Types> infer(const Argsort& op, InferContext& c) {
  TRY_VOID(normalize_axis(op.axis, c.rank(op.x)));
  return Types{c.type(op.x).with(DType::i32)};
}

Result<Tensors> eval(const Argsort& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  TRY(const std::int64_t axis, normalize_axis(op.axis, x.rank()));
  const AxisSplit s = split_at(x.dims(), axis);
  Tensor out = c.output();
  for_each_sorted(x, s, op.ascending, [&](std::int64_t o, std::int64_t i, const auto& order) {
    for (std::int64_t k = 0; k < s.length; ++k)
      out.set_int(s.at(o, k, i), order[static_cast<std::size_t>(k)]);
  });
  return Tensors{std::move(out)};
}

}  // namespace

OpSchema argsort_schema() {
  return make_schema<Argsort>(
      {.name = "argsort",
       .doc = "Indices that sort x along one axis; stable.",
       .mil = {"argsort"},
       .traits = traits::indices(),
       .bounds = [](const Argsort& op,
                    const BoundsContext& c) { return place_bounds(c, op.x, op.axis); },
       .cost = cost::traffic,
       .infer = infer,
       .eval = eval},
      operand<&Argsort::x>("x", kNumbers, "Rank 1 or more."),
      attr<&Argsort::axis>("axis", "Negative counts from the end."),
      attr<&Argsort::ascending>("ascending", "Smallest first."));
}

}  // namespace corecast::op
