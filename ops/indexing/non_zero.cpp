#include "ops/indexing/non_zero.h"

#include "ops/detail/view.h"

namespace corecast::op {

namespace {

Result<Types> infer(const NonZero& op, InferContext& c) {
  return Types{Type(DType::i32, {c.fresh(), Dim(c.rank(op.x))})};
}

Result<Tensors> eval(const NonZero& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  std::vector<std::int32_t> found;
  std::int64_t i = 0, count = 0;
  for_each_index(x.dims(), [&](const auto& index) {
    if (x.at(i++) == 0) return;
    ++count;
    for (const auto at : index) found.push_back(static_cast<std::int32_t>(at));
  });
  return Tensors{Tensor::of(found, {count, x.rank()})};
}

}  // namespace

OpSchema non_zero_schema() {
  return make_schema<NonZero>(
      {.name = "non_zero",
       .doc = "Multi-indices of the elements that are not zero, in row-major order.",
       .mil = {"non_zero"},
       .traits = traits::indices().sized_by_data().looked_through(Walk::sign),
       .bounds = bounds::at_least(0),
       .cost = cost::traffic,
       .infer = infer,
       .eval = eval},
      operand<&NonZero::x>("x", kAny, "Input."));
}

}  // namespace corecast::op
