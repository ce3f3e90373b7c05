#include "ops/shape/reverse.h"

#include "ops/detail/view.h"

namespace corecast::op {

namespace {

Result<View> reversed(const Reverse& op, const std::vector<std::int64_t>& dims) {
  View v = whole(dims);
  std::vector<std::int64_t> axes;
  if (op.axes) {
    TRY(axes, normalize_axes(*op.axes, static_cast<std::int64_t>(dims.size())));
  } else {
    for (std::size_t i = 0; i < dims.size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  }
  for (const auto axis : axes) {
    const auto a = static_cast<std::size_t>(axis);
    v.offset += (dims[a] - 1) * v.strides[a];
    v.strides[a] = -v.strides[a];
  }
  return v;
}

Result<Types> infer(const Reverse& op, InferContext& c) {
  if (op.axes) TRY_VOID(normalize_axes(*op.axes, c.rank(op.x)));
  return Types{c.type(op.x)};
}

Result<Tensors> eval(const Reverse& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  TRY(const View view, reversed(op, x.dims()));
  return Tensors{copy_view(x, view)};
}

std::optional<Dims> known(const Reverse& op, const InferContext& c) {
  const auto x = c.known(op.x);
  const auto dims = known_dims(op.x, c);
  if (!x || !dims) return std::nullopt;
  const auto view = reversed(op, *dims);
  return view ? std::optional(copy_view(*x, *view)) : std::nullopt;
}

}  // namespace

OpSchema reverse_schema() {
  return make_schema<Reverse>({.name = "reverse",
                               .doc = "Reverses the order of elements along dimensions.",
                               .mil = {"reverse"},
                               .traits = traits::permutation(),
                               .bounds = bounds::of(&Reverse::x),
                               .cost = cost::of_results,
                               .infer = infer,
                               .eval = eval,
                               .known = known},
                              operand<&Reverse::x>("x", kAny, "Input."),
                              attr<&Reverse::axes>("axes", "Dimensions to reverse; unset: all."));
}

}  // namespace corecast::op
