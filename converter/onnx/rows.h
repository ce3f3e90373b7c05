// Every operator row's function, by family file. Rows are listed in onnx_ops.def.
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

// ops_elementwise.cpp
Values bit_shift(OnnxNode& n);
Values cast(OnnxNode& n);
Values cast_like(OnnxNode& n);
Values celu(OnnxNode& n);
Values clip(OnnxNode& n);
Values div(OnnxNode& n);
Values elu(OnnxNode& n);
Values gelu(OnnxNode& n);
Values hard_sigmoid(OnnxNode& n);
Values hard_swish(OnnxNode& n);
Values is_inf(OnnxNode& n);
Values leaky_relu(OnnxNode& n);
Values log(OnnxNode& n);
Values mean(OnnxNode& n);
Values mish(OnnxNode& n);
Values mod(OnnxNode& n);
Values pow(OnnxNode& n);
Values prelu(OnnxNode& n);
Values reciprocal(OnnxNode& n);
Values relu(OnnxNode& n);
Values selu(OnnxNode& n);
Values shrink(OnnxNode& n);
Values thresholded_relu(OnnxNode& n);
Values where(OnnxNode& n);

// ops_reduce.cpp
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
Values arg_max(OnnxNode& n);
Values arg_min(OnnxNode& n);
Values cum_prod(OnnxNode& n);
Values cum_sum(OnnxNode& n);
Values hardmax(OnnxNode& n);
Values log_softmax(OnnxNode& n);
Values reduce_max(OnnxNode& n);
Values reduce_min(OnnxNode& n);
Values softmax(OnnxNode& n);
Values top_k(OnnxNode& n);

// ops_conv.cpp
/// With the strides, padding, dilations and groups of the node's attributes. `bias` may be empty.
ValueId convolution(OnnxNode& n, ValueId x, ValueId weight, ValueId bias);
Values average_pool(OnnxNode& n);
Values conv(OnnxNode& n);
Values conv_transpose(OnnxNode& n);
Values global_average_pool(OnnxNode& n);
Values global_lp_pool(OnnxNode& n);
Values global_max_pool(OnnxNode& n);
Values lp_pool(OnnxNode& n);
Values max_pool(OnnxNode& n);

// ops_linear.cpp
Values einsum(OnnxNode& n);
Values gemm(OnnxNode& n);
Values matmul(OnnxNode& n);

// ops_norm.cpp
Values batch_normalization(OnnxNode& n);
Values dropout(OnnxNode& n);
Values group_normalization(OnnxNode& n);
Values instance_normalization(OnnxNode& n);
Values layer_normalization(OnnxNode& n);
Values lp_normalization(OnnxNode& n);
Values lrn(OnnxNode& n);

// ops_shape.cpp
Values concat(OnnxNode& n);
Values constant(OnnxNode& n);
Values constant_of_shape(OnnxNode& n);
Values expand(OnnxNode& n);
Values flatten(OnnxNode& n);
Values identity(OnnxNode& n);
Values range(OnnxNode& n);
Values reshape(OnnxNode& n);
Values shape(OnnxNode& n);
Values size(OnnxNode& n);
Values split(OnnxNode& n);
Values squeeze(OnnxNode& n);
Values tile(OnnxNode& n);
Values transpose(OnnxNode& n);
Values unsqueeze(OnnxNode& n);

// ops_gather.cpp
Values compress(OnnxNode& n);
Values gather(OnnxNode& n);
Values gather_elements(OnnxNode& n);
Values gather_nd(OnnxNode& n);
Values non_zero(OnnxNode& n);
Values one_hot(OnnxNode& n);
Values scatter_elements(OnnxNode& n);
Values scatter_nd(OnnxNode& n);

// ops_indexing.cpp
Values depth_to_space(OnnxNode& n);
Values pad(OnnxNode& n);
Values reverse_sequence(OnnxNode& n);
Values slice(OnnxNode& n);
Values space_to_depth(OnnxNode& n);
Values trilu(OnnxNode& n);

// ops_spatial.cpp
Values affine_grid(OnnxNode& n);
Values col2im(OnnxNode& n);
Values grid_sample(OnnxNode& n);
Values non_max_suppression(OnnxNode& n);

// ops_random.cpp
Values eye_like(OnnxNode& n);
Values multinomial(OnnxNode& n);
Values random_normal(OnnxNode& n);
Values random_normal_like(OnnxNode& n);
Values random_uniform(OnnxNode& n);
Values random_uniform_like(OnnxNode& n);

// ops_quant.cpp
Values conv_integer(OnnxNode& n);
Values dequantize_linear(OnnxNode& n);
Values matmul_integer(OnnxNode& n);
Values qlinear_conv(OnnxNode& n);
Values qlinear_matmul(OnnxNode& n);
Values quantize_linear(OnnxNode& n);

// ops_resize.cpp
Values resize(OnnxNode& n);
Values upsample(OnnxNode& n);

// ops_rnn.cpp
Values gru(OnnxNode& n);
Values lstm(OnnxNode& n);
Values rnn(OnnxNode& n);

// ops_control_flow.cpp
Values if_then_else(OnnxNode& n);
Values loop(OnnxNode& n);
Values scan(OnnxNode& n);

}  // namespace corecast::onnx
