// Quantised operators. Constants stay compressed (constexpr ops); QLinear operators become what
// they stand for: dequantise, compute, quantise.
#include <algorithm>

#include "converter/onnx/rows.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/linear/matmul.h"
#include "ops/quantization/constexpr_affine_dequantize.h"
#include "ops/quantization/constexpr_blockwise_shift_scale.h"
#include "ops/quantization/quantization.h"
#include "ops/shape/expand_dims.h"
#include "ops/shape/reshape.h"

namespace corecast::onnx {
namespace {

// Scale and zero point of x: scalars, or vectors along `axis`; or a block each (`axis` is empty
// then, and their rank is that of x).
struct Scheme {
  ValueId scale, zero;  // zero may be empty
  std::optional<std::int64_t> axis;
  bool blocked = false;
};

Scheme scheme(OnnxNode& n, ValueId x, ValueId scale, ValueId zero, std::int64_t axis) {
  Scheme s{scale, zero, {}, false};
  if (n.failed()) return s;
  const std::int64_t rank = n.rank(scale);
  const bool scalar = rank == 0 || (rank == 1 && n.shape(scale)[0] == Dim(1));
  if (zero && n.rank(zero) > 0) {
    const bool single = n.rank(zero) == 1 && n.shape(zero)[0] == Dim(1);
    if (scalar ? !single : n.rank(zero) != rank || n.shape(zero) != n.shape(scale)) {
      n.fail("the scale is ", ir::to_string(n.shape(scale)), ", the zero point ",
             ir::to_string(n.shape(zero)));
      return s;
    }
  }
  if (scalar) {
    const auto flat = [&](ValueId v) {
      if (!v || n.rank(v) == 0) return v;
      if (const Tensor* t = n.constant(v)) return n.constant(t->reshaped({}));
      // Reshape knows no packed types.
      const bool narrow =
          ir::bits_of(n.dtype(v)) < 8 || n.dtype(v) == DType::f8e4m3 || n.dtype(v) == DType::f8e5m2;
      const DType wide = ir::is_floating(n.dtype(v)) ? DType::f32 : DType::i32;
      return n.add(op::Reshape{narrow ? n.add(op::Cast{v, wide}) : v,
                               n.constant(Tensor::empty(DType::i32, {0}))});
    };
    s.scale = flat(scale);
    s.zero = flat(zero);
  } else if (rank == 1) {
    if (axis < -n.rank(x) || axis >= n.rank(x)) {
      n.fail("axis ", axis, " is outside the rank ", n.rank(x));
      return s;
    }
    s.axis = axis < 0 ? axis + n.rank(x) : axis;
  } else {
    s.blocked = true;
  }
  return s;
}

// A vector along the axis, laid out to broadcast against x.
ValueId along(OnnxNode& n, ValueId v, const Scheme& s, ValueId x) {
  if (!s.axis) return v;
  std::vector<std::int64_t> dims(static_cast<std::size_t>(n.rank(x)), 1);
  dims[static_cast<std::size_t>(*s.axis)] = -1;
  return n.add(op::Reshape{v, n.ints(dims)});
}

// A constant weight stays as it is stored; an empty id when it has to be computed.
ValueId compressed(OnnxNode& n, ValueId x, const Scheme& s) {
  const Tensor* data = n.constant(x);
  if (!data || !n.constant(s.scale) || (s.zero && !n.constant(s.zero)) || data->rank() < 2)
    return {};
  const DType dtype = n.dtype(x), to = n.dtype(s.scale);
  if (to != DType::f32 && to != DType::f16) return {};
  const bool bytes = dtype == DType::i8 || dtype == DType::u8;
  if (bytes && !s.blocked) {
    op::ConstexprAffineDequantize c{};
    c.quantized_data = x;
    c.scale = s.scale;
    c.zero_point = s.zero ? s.zero : n.scalar(dtype, 0);
    c.axis = s.axis.value_or(0);
    return n.add(c);
  }
  if (!bytes && dtype != DType::i4 && dtype != DType::u4) return {};
  std::vector<std::int64_t> grid(data->dims().size(), 1);
  if (s.axis) grid[static_cast<std::size_t>(*s.axis)] = -1;
  const auto entries = [&](ValueId v) {
    return s.blocked || !v ? v : n.add(op::Reshape{v, n.ints(grid)});
  };
  if (s.blocked) {
    if (n.rank(s.scale) != data->rank()) return {};
    for (std::size_t i = 0; i < data->dims().size(); ++i) {
      const std::int64_t blocks = n.constant(s.scale)->dims()[i];
      if (blocks == 0 || data->dims()[i] % blocks != 0) return {};
    }
  }
  op::ConstexprBlockwiseShiftScale c{};
  c.data = x;
  c.scale = entries(s.scale);
  c.offset = entries(s.zero);
  return n.add(c);
}

// Core ML has ops for bytes and parameters that are constants; the rest is arithmetic.
bool has_own_op(OnnxNode& n, DType dtype, const Scheme& s) {
  return (dtype == DType::i8 || dtype == DType::u8) && n.constant(s.scale) &&
         (!s.zero || n.constant(s.zero));
}

ValueId dequantized(OnnxNode& n, ValueId x, const Scheme& s) {
  if (n.failed()) return {};
  if (const ValueId c = compressed(n, x, s)) return c;
  if (n.failed()) return {};
  if (s.blocked) {
    n.unsupported("blocks of values that are computed by the model, or do not divide the size");
    return {};
  }
  const DType dtype = n.dtype(x), to = n.dtype(s.scale);
  if (has_own_op(n, dtype, s)) {
    op::Dequantize d{};
    d.input = x;
    d.scale = s.scale;
    d.zero_point = s.zero;
    d.axis = s.axis;
    return n.add(d);
  }
  // Differences of 16-bit integers are beyond f16.
  const ValueId scale = to == DType::f16 ? n.add(op::Cast{s.scale, DType::f32}) : s.scale;
  const DType wide = n.dtype(scale);
  const DType between = ir::is_integer(dtype) && ir::bits_of(dtype) < 32 ? DType::i32 : wide;
  ValueId y = n.add(op::Cast{x, between});
  if (s.zero) y = n.add(op::Sub{y, along(n, n.add(op::Cast{s.zero, between}), s, x)});
  if (between != wide) y = n.add(op::Cast{y, wide});
  y = n.add(op::Mul{y, along(n, scale, s, x)});
  return wide == to ? y : n.add(op::Cast{y, to});
}

ValueId quantized(OnnxNode& n, ValueId x, const Scheme& s, DType to) {
  if (n.failed()) return {};
  if (s.blocked) {
    n.unsupported("quantisation by blocks");
    return {};
  }
  if (has_own_op(n, to, s)) {
    op::Quantize q{};
    q.input = n.dtype(x) == n.dtype(s.scale) ? x : n.add(op::Cast{x, n.dtype(s.scale)});
    q.scale = s.scale;
    q.zero_point = s.zero;
    q.axis = s.axis;
    q.output_dtype = to;
    return n.add(q);
  }
  const auto wide = [&](ValueId v) {
    return n.dtype(v) == DType::f32 ? v : n.add(op::Cast{v, DType::f32});
  };
  ValueId y = n.add(op::RealDiv{wide(x), along(n, wide(s.scale), s, x)});
  y = n.add(op::Round{y});
  if (s.zero) y = n.add(op::Add{y, along(n, wide(s.zero), s, x)});
  y = n.add(op::Clip{.x = y,
                     .alpha = static_cast<double>(ir::min_of(to)),
                     .beta = static_cast<double>(ir::max_of(to))});
  if (ir::bits_of(to) < 8) y = n.add(op::Cast{y, DType::i32});
  return n.add(op::Cast{y, to});
}

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
  const Scheme s = scheme(n, x, scale, zero, n.integer("axis", 1));
  return {quantized(n, x, s, to)};
}

Values dequantize_linear(OnnxNode& n) {
  const ValueId x = n.input(0);
  const ValueId zero = n.optional(2);
  const ValueId y = dequantized(n, x, scheme(n, x, n.input(1), zero, n.integer("axis", 1)));
  if (n.failed()) return {};
  const auto to = dtype_of(static_cast<int>(n.integer("output_dtype", 0)));
  return {to && *to != n.dtype(y) ? n.add(op::Cast{y, *to}) : y};
}

// Per-row scales of the left factor and per-column scales of the right one are vectors.
Values qlinear_matmul(OnnxNode& n) {
  const ValueId a = n.input(0), b = n.input(3), zero = n.input(7);
  const Scheme sa = scheme(n, a, n.input(1), n.input(2), -2);
  const Scheme sb = scheme(n, b, n.input(4), n.input(5), -1);
  op::Matmul product{.x = dequantized(n, a, sa), .y = dequantized(n, b, sb)};
  const ValueId y = n.add(product);
  return {quantized(n, y, scheme(n, y, n.input(6), zero, -1), n.dtype(zero))};
}

Values qlinear_conv(OnnxNode& n) {
  const ValueId x = n.input(0), w = n.input(3), zero = n.input(7), bias = n.optional(8);
  const ValueId x_scale = n.input(1), w_scale = n.input(4);
  const ValueId image = dequantized(n, x, scheme(n, x, x_scale, n.input(2), 1));
  const ValueId weight = dequantized(n, w, scheme(n, w, w_scale, n.input(5), 0));
  ValueId shift;
  if (bias) {  // at the product of the scales
    const ValueId scale = n.add(op::Mul{x_scale, w_scale});
    shift = n.add(op::Mul{n.add(op::Cast{bias, n.dtype(scale)}), scale});
  }
  const ValueId y = convolution(n, image, weight, shift);
  return {quantized(n, y, scheme(n, y, n.input(6), zero, 1), n.dtype(zero))};
}

namespace {

// The integers less their zero point, in `to`, which holds the difference exactly.
ValueId centred(OnnxNode& n, ValueId x, std::size_t zero_input, std::int64_t axis, DType to) {
  const ValueId wide = n.add(op::Cast{x, to});
  const ValueId zero = n.optional(zero_input);
  if (!zero || n.failed()) return wide;
  const Scheme s = scheme(n, x, zero, zero, axis);
  if (s.blocked) {
    n.unsupported("a zero point of rank ", n.rank(zero));
    return {};
  }
  return n.add(op::Sub{wide, along(n, n.add(op::Cast{s.zero, to}), s, x)});
}

}  // namespace

// [M, K] by [K, N] in i32.
Values matmul_integer(OnnxNode& n) {
  const ValueId a = n.input(0), b = n.input(1);
  if (n.failed()) return {};
  const ValueId left = centred(n, a, 2, -2, DType::i32);
  return {n.add(op::Matmul{.x = left, .y = centred(n, b, 3, -1, DType::i32)})};
}

// Convolutions compute with floats: sums are exact up to 2^24.
Values conv_integer(OnnxNode& n) {
  const ValueId x = n.input(0), w = n.input(1);
  if (n.failed()) return {};
  const ValueId image = centred(n, x, 2, 1, DType::f32);
  const ValueId y = convolution(n, image, centred(n, w, 3, 0, DType::f32), ValueId());
  return {n.add(op::Cast{y, DType::i32})};
}

}  // namespace corecast::onnx
