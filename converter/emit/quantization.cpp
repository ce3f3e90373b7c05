#include "converter/emit/quantization.h"

#include "converter/emit/broadcasting.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/quantization/constexpr_affine_dequantize.h"
#include "ops/quantization/constexpr_blockwise_shift_scale.h"
#include "ops/quantization/quantization.h"
#include "ops/shape/reshape.h"

namespace corecast::emit {

Scheme scheme(Emit& e, ValueId x, ValueId scale, ValueId zero, std::int64_t axis) {
  Scheme s{scale, zero, {}, false};
  if (e.failed()) return s;
  const std::int64_t rank = e.rank(scale);
  const bool scalar = rank == 0 || (rank == 1 && e.shape(scale)[0] == Dim(1));
  if (zero && e.rank(zero) > 0) {
    const bool single = e.rank(zero) == 1 && e.shape(zero)[0] == Dim(1);
    if (scalar ? !single : e.rank(zero) != rank || e.shape(zero) != e.shape(scale)) {
      e.fail("the scale is ", ir::to_string(e.shape(scale)), ", the zero point ",
             ir::to_string(e.shape(zero)));
      return s;
    }
  }
  if (scalar) {
    const auto flat = [&](ValueId v) {
      if (!v || e.rank(v) == 0) return v;
      if (const Tensor* t = e.constant(v)) return e.constant(t->reshaped({}));
      // Reshape knows no packed types.
      const bool narrow =
          ir::bits_of(e.dtype(v)) < 8 || e.dtype(v) == DType::f8e4m3 || e.dtype(v) == DType::f8e5m2;
      const DType wide = ir::is_floating(e.dtype(v)) ? DType::f32 : DType::i32;
      return e.add(op::Reshape{narrow ? e.add(op::Cast{v, wide}) : v,
                               e.constant(Tensor::empty(DType::i32, {0}))});
    };
    s.scale = flat(scale);
    s.zero = flat(zero);
  } else if (rank == 1) {
    s.axis = e.need_axis(axis, e.rank(x));
  } else {
    s.blocked = true;
  }
  return s;
}

namespace {

// A vector along the axis, laid out to broadcast against x.
ValueId along(Emit& e, ValueId v, const Scheme& s, ValueId x) {
  return s.axis ? along_axis(e, v, *s.axis, e.rank(x)) : v;
}

// A constant weight stays as it is stored; an empty id when it has to be computed.
ValueId compressed(Emit& e, ValueId x, const Scheme& s) {
  const Tensor* data = e.constant(x);
  if (!data || !e.constant(s.scale) || (s.zero && !e.constant(s.zero)) || data->rank() < 2)
    return {};
  const DType dtype = e.dtype(x), to = e.dtype(s.scale);
  if (to != DType::f32 && to != DType::f16) return {};
  const bool bytes = dtype == DType::i8 || dtype == DType::u8;
  if (bytes && !s.blocked) {
    op::ConstexprAffineDequantize c{};
    c.quantized_data = x;
    c.scale = s.scale;
    c.zero_point = s.zero ? s.zero : e.scalar(dtype, 0);
    c.axis = s.axis.value_or(0);
    return e.add(c);
  }
  if (!bytes && dtype != DType::i4 && dtype != DType::u4) return {};
  std::vector<std::int64_t> grid(data->dims().size(), 1);
  if (s.axis) grid[static_cast<std::size_t>(*s.axis)] = -1;
  const auto entries = [&](ValueId v) {
    return s.blocked || !v ? v : e.add(op::Reshape{v, e.ints(grid)});
  };
  if (s.blocked) {
    if (e.rank(s.scale) != data->rank()) return {};
    for (std::size_t i = 0; i < data->dims().size(); ++i) {
      const std::int64_t blocks = e.constant(s.scale)->dims()[i];
      if (blocks == 0 || data->dims()[i] % blocks != 0) return {};
    }
  }
  op::ConstexprBlockwiseShiftScale c{};
  c.data = x;
  c.scale = entries(s.scale);
  c.offset = entries(s.zero);
  return e.add(c);
}

// Core ML has ops for bytes and parameters that are constants; the rest is arithmetic.
bool has_own_op(Emit& e, DType dtype, const Scheme& s) {
  return (dtype == DType::i8 || dtype == DType::u8) && e.constant(s.scale) &&
         (!s.zero || e.constant(s.zero));
}

}  // namespace

ValueId dequantized(Emit& e, ValueId x, const Scheme& s) {
  if (e.failed()) return {};
  if (const ValueId c = compressed(e, x, s)) return c;
  if (e.failed()) return {};
  if (s.blocked) {
    e.unsupported("blocks of values that are computed by the model, or do not divide the size");
    return {};
  }
  const DType dtype = e.dtype(x), to = e.dtype(s.scale);
  if (has_own_op(e, dtype, s)) {
    op::Dequantize d{};
    d.input = x;
    d.scale = s.scale;
    d.zero_point = s.zero;
    d.axis = s.axis;
    return e.add(d);
  }
  // Differences of 16-bit integers are beyond f16.
  const ValueId scale = to == DType::f16 ? e.add(op::Cast{s.scale, DType::f32}) : s.scale;
  const DType wide = e.dtype(scale);
  const DType between = ir::is_integer(dtype) && ir::bits_of(dtype) < 32 ? DType::i32 : wide;
  ValueId y = e.add(op::Cast{x, between});
  if (s.zero) y = e.add(op::Sub{y, along(e, e.add(op::Cast{s.zero, between}), s, x)});
  if (between != wide) y = e.add(op::Cast{y, wide});
  y = e.add(op::Mul{y, along(e, scale, s, x)});
  return wide == to ? y : e.add(op::Cast{y, to});
}

ValueId quantized(Emit& e, ValueId x, const Scheme& s, DType to) {
  if (e.failed()) return {};
  if (s.blocked) {
    e.unsupported("quantisation by blocks");
    return {};
  }
  if (has_own_op(e, to, s)) {
    op::Quantize q{};
    q.input = e.dtype(x) == e.dtype(s.scale) ? x : e.add(op::Cast{x, e.dtype(s.scale)});
    q.scale = s.scale;
    q.zero_point = s.zero;
    q.axis = s.axis;
    q.output_dtype = to;
    return e.add(q);
  }
  const auto wide = [&](ValueId v) {
    return e.dtype(v) == DType::f32 ? v : e.add(op::Cast{v, DType::f32});
  };
  ValueId y = e.add(op::RealDiv{wide(x), along(e, wide(s.scale), s, x)});
  y = e.add(op::Round{y});
  if (s.zero) y = e.add(op::Add{y, along(e, wide(s.zero), s, x)});
  y = e.add(op::Clip{.x = y,
                     .alpha = static_cast<double>(ir::min_of(to)),
                     .beta = static_cast<double>(ir::max_of(to))});
  if (ir::bits_of(to) < 8) y = e.add(op::Cast{y, DType::i32});
  return e.add(op::Cast{y, to});
}

ValueId centered(Emit& e, ValueId x, ValueId zero, std::int64_t axis, DType to) {
  const ValueId wide = e.add(op::Cast{x, to});
  if (!zero || e.failed()) return wide;
  const Scheme s = scheme(e, x, zero, zero, axis);
  if (s.blocked) {
    e.unsupported("a zero point of rank ", e.rank(zero));
    return {};
  }
  return e.add(op::Sub{wide, along(e, e.add(op::Cast{s.zero, to}), s, x)});
}

}  // namespace corecast::emit
