#include "ops/shape/expand_dims.h"

#include <algorithm>

#include "ops/detail/view.h"

namespace corecast::op {

namespace {

template <class T>
Result<std::vector<T>> expanded(const std::vector<T>& x, const std::vector<std::int64_t>& axes) {
  const auto rank = static_cast<std::int64_t>(x.size() + axes.size());
  TRY(const auto normal, normalize_axes(axes, rank));
  std::vector<T> out;
  auto from = x.begin();
  for (std::int64_t i = 0; i < rank; ++i) {
    const bool added = std::find(normal.begin(), normal.end(), i) != normal.end();
    out.push_back(added ? T(1) : *from++);
  }
  return out;
}

Result<Types> infer(const ExpandDims& op, InferContext& c) {
  TRY(Shape out, expanded(c.shape(op.x), op.axes));
  return Types{Type(c.dtype(op.x), std::move(out))};
}

Result<Tensors> eval(const ExpandDims& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  TRY(auto dims, expanded(x.dims(), op.axes));
  return Tensors{x.reshaped(std::move(dims))};
}

std::optional<Dims> known(const ExpandDims& op, const InferContext& c) { return c.known(op.x); }

}  // namespace

OpSchema expand_dims_schema() {
  return make_schema<ExpandDims>(
      {.name = "expand_dims",
       .doc = "Inserts dimensions of size 1.",
       .mil = {"expand_dims"},
       .traits = traits::view(Walks::all()),
       .bounds = bounds::of(&ExpandDims::x),
       .cost = cost::nothing,
       .infer = infer,
       .eval = eval,
       .known = known},
      operand<&ExpandDims::x>("x", kAny, "Input."),
      attr<&ExpandDims::axes>("axes", "Where the result has the new dimensions."));
}

}  // namespace corecast::op
