// Quantised operators. Constants stay compressed (constexpr ops); QLinear operators become what
// they stand for: dequantise, compute, quantise.
#include "converter/emit/quantization.h"
#include "converter/onnx/rows.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/linear/matmul.h"

namespace corecast::onnx {
namespace {

// What quantisation gives; a problem when it is no integer.
DType quantized_type(OnnxNode& n, ValueId zero) {
  DType to = DType::u8;
  if (zero) {
    to = n.dtype(zero);
  } else if (const auto type = static_cast<int>(n.integer("output_dtype", 0))) {
    const auto dtype = dtype_of(type);
    if (!dtype) n.unsupported("quantisation to ONNX element type ", type);
    to = dtype.value_or(to);
  }
  if (!ir::is_integer(to)) n.unsupported("quantisation to ", ir::name_of(to));
  return to;
}

}  // namespace

Values quantize_linear(OnnxNode& n) {
  const ValueId x = n.input(0);
  const ValueId scale = n.input(1), zero = n.optional(2);
  const DType to = quantized_type(n, zero);
  const emit::Scheme s = emit::scheme(n, x, scale, zero, n.integer("axis", 1));
  return {emit::quantized(n, x, s, to)};
}

Values dequantize_linear(OnnxNode& n) {
  const ValueId x = n.input(0);
  const ValueId zero = n.optional(2);
  const ValueId y =
      emit::dequantized(n, x, emit::scheme(n, x, n.input(1), zero, n.integer("axis", 1)));
  if (n.failed()) return {};
  const auto to = dtype_of(static_cast<int>(n.integer("output_dtype", 0)));
  return {to && *to != n.dtype(y) ? n.add(op::Cast{y, *to}) : y};
}

// Per-row scales of the left factor and per-column scales of the right one are vectors.
Values qlinear_matmul(OnnxNode& n) {
  const ValueId a = n.input(0), b = n.input(3), zero = n.input(7);
  const emit::Scheme sa = emit::scheme(n, a, n.input(1), n.input(2), -2);
  const emit::Scheme sb = emit::scheme(n, b, n.input(4), n.input(5), -1);
  op::Matmul product{.x = emit::dequantized(n, a, sa), .y = emit::dequantized(n, b, sb)};
  const ValueId y = n.add(product);
  return {emit::quantized(n, y, emit::scheme(n, y, n.input(6), zero, -1), n.dtype(zero))};
}

Values qlinear_conv(OnnxNode& n) {
  const ValueId x = n.input(0), w = n.input(3), zero = n.input(7), bias = n.optional(8);
  const ValueId x_scale = n.input(1), w_scale = n.input(4);
  const ValueId image = emit::dequantized(n, x, emit::scheme(n, x, x_scale, n.input(2), 1));
  const ValueId weight = emit::dequantized(n, w, emit::scheme(n, w, w_scale, n.input(5), 0));
  ValueId shift;
  if (bias) {  // at the product of the scales
    const ValueId scale = n.add(op::Mul{x_scale, w_scale});
    shift = n.add(op::Mul{n.add(op::Cast{bias, n.dtype(scale)}), scale});
  }
  const ValueId y = convolution(n, image, weight, shift);
  return {emit::quantized(n, y, emit::scheme(n, y, n.input(6), zero, 1), n.dtype(zero))};
}

// [M, K] by [K, N] in i32.
Values matmul_integer(OnnxNode& n) {
  const ValueId a = n.input(0), b = n.input(1);
  if (n.failed()) return {};
  const ValueId left = emit::centered(n, a, n.optional(2), -2, DType::i32);
  return {n.add(op::Matmul{.x = left, .y = emit::centered(n, b, n.optional(3), -1, DType::i32)})};
}

// Convolutions compute with floats: sums are exact up to 2^24.
Values conv_integer(OnnxNode& n) {
  const ValueId x = n.input(0), w = n.input(1);
  if (n.failed()) return {};
  const ValueId image = emit::centered(n, x, n.optional(2), 1, DType::f32);
  const ValueId y =
      convolution(n, image, emit::centered(n, w, n.optional(3), 0, DType::f32), ValueId());
  return {n.add(op::Cast{y, DType::i32})};
}

}  // namespace corecast::onnx
