// Reductions, softmax, arg-reductions, top-k.
#include <algorithm>

#include "converter/onnx/rows.h"
#include "ops/activation.h"
#include "ops/cast.h"
#include "ops/cumsum.h"
#include "ops/elementwise_binary.h"
#include "ops/reduction.h"
#include "ops/reshape.h"
#include "ops/reverse.h"
#include "ops/shape.h"
#include "ops/softmax.h"
#include "ops/topk.h"

namespace corecast::onnx {

ReductionAxes reduction_axes(OnnxNode& n) {
  ReductionAxes r;
  r.keep_dims = n.integer("keepdims", 1) != 0;
  std::optional<std::vector<std::int64_t>> axes;
  if (n.has(1))
    axes = n.need_ints(n.optional(1), "axes");
  else if (n.has_attr("axes"))
    axes = n.integers("axes");
  if (axes && axes->empty()) axes.reset();
  if (!axes && n.integer("noop_with_empty_axes", 0)) r.noop = true;
  r.axes = axes;
  return r;
}

namespace {

template <class Op>
Values arg_reduce(OnnxNode& n) {
  ValueId x = n.input(0);
  if (n.failed()) return {};
  Op reduction{};
  reduction.axis = n.integer("axis", 0);
  reduction.keep_dims = n.integer("keepdims", 1) != 0;
  const bool last = n.integer("select_last_index", 0) != 0;
  if (!last) {
    reduction.x = x;
    return {n.add(op::Cast{n.add(reduction), DType::i64})};
  }
  // The last of equals is the first of the reversed: size - 1 - index.
  const std::int64_t axis = reduction.axis < 0 ? reduction.axis + n.rank(x) : reduction.axis;
  if (axis < 0 || axis >= n.rank(x) || !n.shape(x)[static_cast<std::size_t>(axis)].is_constant()) {
    return n.unsupported("select_last_index needs a fixed size along the axis");
  }
  reduction.x = n.add(op::Reverse{.x = x, .axes = std::vector<std::int64_t>{axis}});
  const ValueId index = n.add(op::Cast{n.add(reduction), DType::i64});
  const auto size = n.shape(x)[static_cast<std::size_t>(axis)].value();
  return {n.add(op::Sub{n.constant(Tensor::scalar(size - 1)), index})};
}

// Before opset 13 softmax saw its input as a matrix: dims before `axis` by dims from `axis` on.
template <class Op>
Values softmax_like(OnnxNode& n) {
  const ValueId x = n.input(0);
  if (n.failed()) return {};
  const bool matrix = n.opset() < 13;
  std::int64_t axis = n.integer("axis", matrix ? 1 : -1);
  const std::int64_t rank = n.rank(x);
  if (axis < -rank || axis >= std::max<std::int64_t>(rank, 1) + (matrix ? 1 : 0)) {
    return n.fail("axis ", axis, " is outside the rank ", rank);
  }
  if (axis < 0) axis += rank;
  if (!matrix || axis == rank - 1) return {n.add(Op{x, axis})};
  const Shape& s = n.shape(x);
  Dim rows(1), columns(1);
  for (std::int64_t i = 0; i < rank; ++i)
    (i < axis ? rows : columns) = (i < axis ? rows : columns) * s[static_cast<std::size_t>(i)];
  const ValueId original = n.add(op::ShapeOf{x});
  const ValueId flat = columns.is_constant() ? n.ints({-1, columns.value()})
                       : rows.is_constant()  ? n.ints({rows.value(), -1})
                                             : ValueId();
  if (!flat)
    return n.unsupported("softmax of opset ", n.opset(),
                         " over axes of flexible size on both sides of axis ", axis);
  const ValueId y = n.add(Op{n.add(op::Reshape{x, flat}), 1});
  return {n.add(op::Reshape{y, original})};
}

}  // namespace

Values arg_max(OnnxNode& n) { return arg_reduce<op::ReduceArgmax>(n); }
Values arg_min(OnnxNode& n) { return arg_reduce<op::ReduceArgmin>(n); }

Values cum_sum(OnnxNode& n) {
  op::Cumsum c{.x = n.input(0)};
  c.axis = static_cast<std::int64_t>(n.need_scalar(n.input(1), "axis"));
  c.exclusive = n.integer("exclusive", 0) != 0;
  c.reverse = n.integer("reverse", 0) != 0;
  return {n.add(c)};
}

Values softmax(OnnxNode& n) { return softmax_like<op::Softmax>(n); }
Values log_softmax(OnnxNode& n) { return softmax_like<op::LogSoftmax>(n); }

Values top_k(OnnxNode& n) {
  op::Topk t{};
  t.x = n.input(0);
  t.axis = n.integer("axis", -1);
  t.ascending = n.integer("largest", 1) == 0;
  t.sort = true;
  t.k = n.opset() < 10 ? n.integer("k", 1)
                       : static_cast<std::int64_t>(n.need_scalar(n.input(1), "k"));
  const Values both = n.add_all(t);
  if (n.failed()) return {};
  return {both[0], n.add(op::Cast{both[1], DType::i64})};
}

}  // namespace corecast::onnx
