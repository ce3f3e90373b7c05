// Every operator row's function. The rows are listed in onnx_ops.def, which declares those that are
// no templates; they are defined in the families' files, ops_*.cpp.
#pragma once

#include "converter/onnx/importer.h"

namespace corecast::onnx {

/// Rows that are one IR op with the operator's inputs in order.
template <class Op>
Values unary(OnnxNode& n) {
  return {n.add(Op{n.input(0)})};
}
template <class Op>
Values binary(OnnxNode& n) {
  const ValueId x = n.input(0);
  return {n.add(Op{x, n.input(1)})};
}
template <class Op>
Values fold_left(OnnxNode& n) {
  ValueId all = n.input(0);
  for (std::size_t i = 1; i < n.input_count(); ++i) all = n.add(Op{all, n.input(i)});
  return {all};
}

/// The axes of a reduction: attribute before opset 13/18, input after; empty optional: all.
struct ReductionAxes {
  std::optional<std::vector<std::int64_t>> axes;
  bool keep_dims = true;
  bool noop = false;
};
ReductionAxes reduction_axes(OnnxNode& n);
template <class Op>
Values reduce(OnnxNode& n) {
  const ValueId x = n.input(0);
  const ReductionAxes r = reduction_axes(n);
  if (r.noop) return {x};
  Op reduction{};
  reduction.x = x;
  reduction.axes = r.axes;
  reduction.keep_dims = r.keep_dims;
  return {n.add(reduction)};
}

/// With the strides, padding, dilations and groups of the node's attributes. `bias` may be empty.
ValueId convolution(OnnxNode& n, ValueId x, ValueId weight, ValueId bias);

#define ONNX(domain, OpType, function) Values function(OnnxNode& n);
#define ONNX_AS(domain, OpType, ...)
#include "converter/onnx/onnx_ops.def"
#undef ONNX

}  // namespace corecast::onnx
