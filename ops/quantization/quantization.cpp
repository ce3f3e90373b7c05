#include "ops/quantization/quantization.h"

#include <algorithm>
#include <cmath>

#include "ops/detail/common.h"

namespace corecast::op {
namespace {

constexpr DTypeSet kQuantized = kInts | DTypeSet::of(DType::i4, DType::u4);

// scale and zero_point against input's shape and axis.
template <class Op>
Status check_parameters(const Op& op, InferContext& c) {
  const Shape &x = c.shape(op.input), &scale = c.shape(op.scale);
  if (op.zero_point && c.rank(op.zero_point) != c.rank(op.scale)) {
    return infer_error("zero_point ", ir::to_string(c.shape(op.zero_point)), " and scale ",
                       ir::to_string(scale), " must have equal shapes");
  }
  if (scale.empty()) {
    if (op.axis) return infer_error("axis ", *op.axis, " is given for a scalar scale");
    return {};
  }
  if (scale.size() != 1)
    return infer_error("scale must be a scalar or a vector, not ", ir::to_string(scale));
  if (!op.axis) return infer_error("a vector scale needs axis");
  TRY(const auto axis, normalize_axis(*op.axis, static_cast<std::int64_t>(x.size())));
  const Dim& size = x[static_cast<std::size_t>(axis)];
  if (!must_equal(scale[0], size) ||
      (op.zero_point && !must_equal(c.shape(op.zero_point)[0], size))) {
    return infer_error("scale and zero_point must have the ", size.to_string(), " entries of axis ",
                       axis);
  }
  return {};
}

// Number of elements between two steps along the quantisation axis, and the axis' size.
struct Channels {
  std::int64_t inner = 1, count = 1;
  std::int64_t of(std::int64_t i) const { return i / inner % count; }
};

Channels channels(const Tensor& x, const std::optional<std::int64_t>& axis) {
  Channels ch;
  if (!axis) return {x.count() + 1, 1};  // every element is in channel 0
  const auto a = static_cast<std::size_t>(*axis < 0 ? *axis + x.rank() : *axis);
  for (std::size_t i = a + 1; i < x.dims().size(); ++i) ch.inner *= x.dims()[i];
  ch.count = x.dims()[a];
  return ch;
}

Result<Types> infer_quantize(const Quantize& op, InferContext& c) {
  TRY_VOID(check_parameters(op, c));
  if (!kQuantized.contains(op.output_dtype)) {
    return infer_error("output_dtype is ", ir::name_of(op.output_dtype), ", not an integer type");
  }
  if (op.zero_point && c.dtype(op.zero_point) != op.output_dtype) {
    return infer_error("zero_point is ", ir::name_of(c.dtype(op.zero_point)), ", output_dtype is ",
                       ir::name_of(op.output_dtype));
  }
  return Types{c.type(op.input).with(op.output_dtype)};
}

Result<Tensors> eval_quantize(const Quantize& op, EvalContext& c) {
  const Tensor &x = c.tensor(op.input), &scale = c.tensor(op.scale);
  Tensor out = Tensor::empty(op.output_dtype, x.dims());
  const Channels ch = channels(x, op.axis);
  const bool wide = x.dtype() == DType::f64;
  const auto lo = static_cast<double>(ir::min_of(op.output_dtype)),
             hi = static_cast<double>(ir::max_of(op.output_dtype));
  for (std::int64_t i = 0; i < x.count(); ++i) {
    const auto at = ch.of(i);
    // The quotient is rounded to f32, as every runtime does; ties depend on it.
    const double ratio =
        wide ? x.at(i) / scale.at(at)
             : static_cast<double>(static_cast<float>(x.at(i)) / static_cast<float>(scale.at(at)));
    const double zero =
        op.zero_point ? static_cast<double>(c.tensor(op.zero_point).at_int(at)) : 0.0;
    const double q = std::isnan(ratio) ? zero : std::nearbyint(ratio) + zero;
    out.set(i, std::clamp(q, lo, hi));
  }
  return Tensors{std::move(out)};
}

Result<Types> infer_dequantize(const Dequantize& op, InferContext& c) {
  TRY_VOID(check_parameters(op, c));
  return Types{c.type(op.input).with(c.dtype(op.scale))};
}

Result<Tensors> eval_dequantize(const Dequantize& op, EvalContext& c) {
  const Tensor &x = c.tensor(op.input), &scale = c.tensor(op.scale);
  Tensor out = Tensor::empty(scale.dtype(), x.dims());
  const Channels ch = channels(x, op.axis);
  for (std::int64_t i = 0; i < x.count(); ++i) {
    const double zero =
        op.zero_point ? static_cast<double>(c.tensor(op.zero_point).at_int(ch.of(i))) : 0.0;
    out.set(i, (static_cast<double>(x.at_int(i)) - zero) * scale.at(ch.of(i)));
  }
  return Tensors{std::move(out)};
}

}  // namespace

OpSchema quantize_schema() {
  using Op = Quantize;
  return make_schema<Op>(
      {.name = "quantize",
       .doc = "clip(round(input/scale) + zero_point) to the range of output_dtype, halves to even.",
       .mil = {"quantize", Target::ios17},
       .traits = traits::computation(Accumulates::nothing, Overflow::never).scaling(),
       .bounds = bounds::unknown,
       .cost = cost::traffic,
       .infer = infer_quantize,
       .eval = eval_quantize},
      operand<&Op::input>("input", kFloats, "Numbers to quantise.").grouped('T'),
      optional_operand<&Op::zero_point>("zero_point", kQuantized, "What 0 becomes; absent: 0.")
          .constant_in_mil(),
      operand<&Op::scale>("scale", kFloats, "Step size: a scalar, or one per entry of axis.")
          .grouped('T')
          .constant_in_mil(),
      attr<&Op::axis>("axis", "The axis of a vector scale."),
      attr<&Op::output_dtype>("output_dtype", "The integer type; i8 or u8 in MIL."));
}

OpSchema dequantize_schema() {
  using Op = Dequantize;
  return make_schema<Op>(
      {.name = "dequantize",
       .doc = "(input - zero_point) * scale.",
       .mil = {"dequantize", Target::ios17},
       .traits = traits::computation(Accumulates::nothing, Overflow::floats).scaling(),
       .bounds =
           [](const Op& op, const BoundsContext& c) {
             const Interval zero = op.zero_point ? c.of(op.zero_point) : Interval::only(0);
             return (c.of(op.input) - zero) * c.of(op.scale);
           },
       .cost = cost::traffic,
       .infer = infer_dequantize,
       .eval = eval_dequantize},
      operand<&Op::input>("input", kQuantized, "Quantised numbers.").grouped('Q'),
      optional_operand<&Op::zero_point>("zero_point", kQuantized, "What stands for 0; absent: 0.")
          .grouped('Q')
          .constant_in_mil(),
      operand<&Op::scale>("scale", kFloats, "Step size: a scalar, or one per entry of axis.")
          .constant_in_mil(),
      attr<&Op::axis>("axis", "The axis of a vector scale."));
}

}  // namespace corecast::op
