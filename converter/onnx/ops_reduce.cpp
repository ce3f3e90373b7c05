// Reductions, softmax, arg-reductions, top-k.
#include <algorithm>

#include "converter/emit/padding.h"
#include "converter/emit/slices.h"
#include "converter/onnx/rows.h"
#include "ops/activation/activation.h"
#include "ops/activation/softmax.h"
#include "ops/creation/one_hot.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/reduction/cumsum.h"
#include "ops/reduction/reduction.h"
#include "ops/reduction/topk.h"
#include "ops/shape/reshape.h"
#include "ops/shape/reverse.h"
#include "ops/shape/shape.h"

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

// Booleans are ordered as 0 and 1.
template <class Op>
Values extreme(OnnxNode& n) {
  const ValueId x = n.input(0);
  const ReductionAxes r = reduction_axes(n);
  if (n.failed()) return {};
  if (r.noop) return {x};
  const bool logical = n.dtype(x) == DType::boolean;
  Op reduction{};
  reduction.x = logical ? n.add(op::Cast{x, DType::i32}) : x;
  reduction.axes = r.axes;
  reduction.keep_dims = r.keep_dims;
  const ValueId y = n.add(reduction);
  return {logical ? n.add(op::Cast{y, DType::boolean}) : y};
}

template <class Op>
Values arg_reduce(OnnxNode& n) {
  Op reduction{};
  reduction.x = n.input(0);
  reduction.axis = n.integer("axis", 0);
  reduction.keep_dims = n.integer("keepdims", 1) != 0;
  reduction.last = n.integer("select_last_index", 0) != 0;
  if (!reduction.last) return {n.add(op::Cast{n.add(reduction), DType::i64})};
  reduction.output_dtype = DType::i64;
  return {n.add(reduction)};
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

Values reduce_max(OnnxNode& n) { return extreme<op::ReduceMax>(n); }
Values reduce_min(OnnxNode& n) { return extreme<op::ReduceMin>(n); }
Values arg_max(OnnxNode& n) { return arg_reduce<op::ReduceArgmax>(n); }
Values arg_min(OnnxNode& n) { return arg_reduce<op::ReduceArgmin>(n); }

Values cum_sum(OnnxNode& n) {
  op::Cumsum c{.x = n.input(0)};
  c.axis = static_cast<std::int64_t>(n.need_scalar(n.input(1), "axis"));
  c.exclusive = n.integer("exclusive", 0) != 0;
  c.reverse = n.integer("reverse", 0) != 0;
  return {n.add(c)};
}

namespace {

// x moved up by k along the axis; ones come in, the last k go.
ValueId delayed(OnnxNode& n, ValueId x, std::int64_t axis, std::int64_t size, std::int64_t k) {
  emit::Padding p{.x = x};
  p.before.assign(static_cast<std::size_t>(n.rank(x)), 0);
  p.after = p.before;
  p.before[static_cast<std::size_t>(axis)] = k;
  p.constant = 1;
  return emit::slice_axis(n, emit::padded(n, p), axis, std::nullopt, size);
}

}  // namespace

// Products of runs of 1, 2, 4, ... elements: log2(size) multiplications.
Values cum_prod(OnnxNode& n) {
  ValueId y = n.input(0);
  auto axis = static_cast<std::int64_t>(n.need_scalar(n.input(1), "axis"));
  if (n.failed()) return {};
  axis = n.need_axis(axis, n.rank(y));
  if (n.failed()) return {};
  const Dim size = n.shape(y)[static_cast<std::size_t>(axis)];
  if (!size.is_constant()) return n.unsupported("a flexible size along the axis");
  const bool reverse = n.integer("reverse", 0) != 0;
  const auto turned = [&](ValueId v) {
    return reverse ? n.add(op::Reverse{.x = v, .axes = std::vector<std::int64_t>{axis}}) : v;
  };
  y = turned(y);
  if (n.integer("exclusive", 0) && size.value() > 0) y = delayed(n, y, axis, size.value(), 1);
  for (std::int64_t k = 1; k < size.value(); k *= 2)
    y = n.add(op::Mul{y, delayed(n, y, axis, size.value(), k)});
  return {turned(y)};
}

// 1 at the first of the largest along the axis, else 0. Before opset 13 over all dims from `axis`.
Values hardmax(OnnxNode& n) {
  const ValueId x = n.input(0);
  const bool matrix = n.opset() < 13;
  std::int64_t axis = n.integer("axis", matrix ? 1 : -1);
  if (n.failed()) return {};
  axis = n.need_axis(axis, n.rank(x));
  if (n.failed()) return {};
  const Dim size = n.shape(x)[static_cast<std::size_t>(axis)];
  if (!size.is_constant()) return n.unsupported("a flexible size along the axis");
  if (matrix && axis != n.rank(x) - 1) return n.unsupported("axis ", axis, " before opset 13");
  op::ReduceArgmax first{};
  first.x = x;
  first.axis = axis;
  op::OneHot o{};
  o.indices = n.add(first);
  o.one_hot_vector_size = n.int_scalar(size.value());
  o.axis = axis;
  o.on_value = n.scalar(n.dtype(x), 1);
  o.off_value = n.scalar(n.dtype(x), 0);
  return {n.add(o)};
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
