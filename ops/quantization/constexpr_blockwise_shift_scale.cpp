#include "ops/quantization/constexpr_blockwise_shift_scale.h"

#include "ops/detail/blocks.h"

namespace corecast::op {
namespace {

// `dims`: of the dense weight; data_dtype: of its stored elements.
Status check_parameters(InferContext& c, const std::vector<std::int64_t>& dims, DType data_dtype,
                        ValueId scale, ValueId offset) {
  if (dims.empty()) return infer_error("a weight of rank 0 has no blocks");
  TRY(const auto grid, constant_dims(c, scale, "scale"));
  TRY_VOID(check_grid(dims, grid, "scale"));
  if (!offset) return {};
  TRY(const auto offsets, constant_dims(c, offset, "offset"));
  if (offsets != grid)
    return infer_error("offset [", join(offsets), "] must have scale's shape [", join(grid), "]");
  if (ir::is_integer(c.dtype(offset)) && c.dtype(offset) != data_dtype) {
    return infer_error("an integer offset must be ", ir::name_of(data_dtype), " as the data, not ",
                       ir::name_of(c.dtype(offset)));
  }
  return {};
}

double rounded(double v, DType scale) {
  return static_cast<double>(scale == DType::f16 ? ir::to_float(ir::to_half(v))
                                                 : static_cast<float>(v));
}

// (value - offset) * scale as the scale's type computes it. An f32 offset widens an f16
// computation.
struct ShiftScale {
  DType dtype;
  bool wide;
  std::vector<double> scale, offset;

  ShiftScale(const Tensor& s, const Tensor* o)
      : dtype(s.dtype()),
        wide(dtype == DType::f32 || (o && o->dtype() == DType::f32)),
        scale(s.to_doubles()) {
    if (o) offset = o->to_doubles();
  }
  double operator()(double value, std::int64_t block) const {
    const auto at = static_cast<std::size_t>(block);
    const DType step = wide ? DType::f32 : DType::f16;
    const double shifted =
        rounded(rounded(value, dtype) - (offset.empty() ? 0.0 : offset[at]), step);
    return rounded(shifted * scale[at], step);
  }
};

Result<Types> infer(const ConstexprBlockwiseShiftScale& op, InferContext& c) {
  TRY(const auto dims, constant_dims(c, op.data, "data"));
  TRY_VOID(check_parameters(c, dims, c.dtype(op.data), op.scale, op.offset));
  return Types{Type(c.dtype(op.scale), ir::make_shape(dims))};
}

Result<Tensors> eval(const ConstexprBlockwiseShiftScale& op, EvalContext& c) {
  const Tensor &data = c.tensor(op.data), &scale = c.tensor(op.scale);
  const ShiftScale apply(scale, op.offset ? &c.tensor(op.offset) : nullptr);
  Tensor out = c.output();
  FloatSink sink(out);
  for_each_in_grid(data.dims(), scale.dims(), [&](std::int64_t i, std::int64_t block) {
    sink.put(i, apply(data.at(i), block));
  });
  return Tensors{std::move(out)};
}

Result<Types> infer_sparse(const ConstexprSparseBlockwiseShiftScale& op, InferContext& c) {
  TRY(const auto dims, constant_dims(c, op.data_mask, "data_mask"));
  TRY(const auto data, constant_dims(c, op.nonzero_data, "nonzero_data"));
  if (data.size() != 1) return infer_error("nonzero_data must have rank 1, not ", data.size());
  TRY_VOID(check_parameters(c, dims, c.dtype(op.nonzero_data), op.scale, op.offset));
  return Types{c.type(op.data_mask), Type(c.dtype(op.scale), ir::make_shape(data))};
}

Result<Tensors> eval_sparse(const ConstexprSparseBlockwiseShiftScale& op, EvalContext& c) {
  const Tensor &mask = c.tensor(op.data_mask), &data = c.tensor(op.nonzero_data),
               &scale = c.tensor(op.scale);
  TRY_VOID(check_ones(mask, data.count(), "nonzero_data"));
  const ShiftScale apply(scale, op.offset ? &c.tensor(op.offset) : nullptr);
  Tensor out = c.output(1);
  FloatSink sink(out);
  std::int64_t next = 0;
  for_each_in_grid(mask.dims(), scale.dims(), [&](std::int64_t i, std::int64_t block) {
    if (!mask.at_int(i)) return;
    sink.put(next, apply(data.at(next), block));
    ++next;
  });
  return Tensors{mask, std::move(out)};
}

constexpr std::string_view kScaleDoc = "Step size per block; its dims divide the weight's.";
constexpr std::string_view kOffsetDoc = "What stands for 0, per block; absent: 0.";

}  // namespace

OpSchema constexpr_blockwise_shift_scale_schema() {
  using Op = ConstexprBlockwiseShiftScale;
  return make_schema<Op>(
      {.name = "constexpr_blockwise_shift_scale",
       .doc = "A weight in blocks: (data - offset) * scale.",
       // Scales what a table gives, where tables hold integers: the form to prefer.
       .mil = {"constexpr_blockwise_shift_scale",
               Target::ios18,
               {},
               {{"behind_table", Target::ios26}}},
       .traits = traits::compressed(Moves::nothing, Overflow::floats),
       .bounds = bounds::unknown,
       .cost = cost::traffic,
       .infer = infer,
       .eval = eval},
      operand<&Op::data>("data", kShiftData, "The stored numbers.").constant_in_mil(),
      operand<&Op::scale>("scale", kScales, kScaleDoc).constant_in_mil(),
      optional_operand<&Op::offset>("offset", kShiftData, kOffsetDoc).constant_in_mil());
}

OpSchema constexpr_sparse_blockwise_shift_scale_schema() {
  using Op = ConstexprSparseBlockwiseShiftScale;
  return make_schema<Op>(
      {.name = "constexpr_sparse_blockwise_shift_scale",
       .doc = "A pruned weight in blocks: (nonzero_data - offset) * scale, by the place in the "
              "mask. Results: the mask, "
              "the elements.",
       .mil = {"constexpr_sparse_blockwise_shift_scale", Target::ios18},
       .traits = traits::compressed(Moves::nothing, Overflow::floats),
       .bounds = bounds::unknown,
       .cost = cost::traffic,
       .infer = infer_sparse,
       .eval = eval_sparse},
      operand<&Op::data_mask>("data_mask", kMask, "1 where there is an element.").constant_in_mil(),
      operand<&Op::nonzero_data>("nonzero_data", kShiftData, "The stored numbers [D].")
          .constant_in_mil(),
      operand<&Op::scale>("scale", kScales, kScaleDoc).constant_in_mil(),
      optional_operand<&Op::offset>("offset", kShiftData, kOffsetDoc).constant_in_mil());
}

}  // namespace corecast::op
