#include "ops/quantization/constexpr_affine_dequantize.h"

#include "ops/detail/blocks.h"

namespace corecast::op {
namespace {

constexpr DTypeSet kBytes = DTypeSet::of(DType::i8, DType::u8);

Result<Types> infer(const ConstexprAffineDequantize& op, InferContext& c) {
  TRY(const auto dims, constant_dims(c, op.quantized_data, "quantized_data"));
  if (dims.empty()) return infer_error("quantized_data must have rank 1 or more, not 0");
  TRY(const auto axis, normalize_axis(op.axis, static_cast<std::int64_t>(dims.size())));
  const auto size = dims[static_cast<std::size_t>(axis)];
  for (const ValueId v : {op.zero_point, op.scale}) {
    const std::string_view name = v == op.scale ? "scale" : "zero_point";
    TRY(const auto own, constant_dims(c, v, name));
    if (own.size() > 1 || (own.size() == 1 && own[0] != size)) {
      return infer_error(name, " [", join(own), "] must be a scalar or have the ", size,
                         " entries of axis ", axis);
    }
  }
  return Types{Type(c.dtype(op.scale), ir::make_shape(dims))};
}

Result<Tensors> eval(const ConstexprAffineDequantize& op, EvalContext& c) {
  const Tensor& q = c.tensor(op.quantized_data);
  const auto axis = static_cast<std::size_t>(op.axis < 0 ? op.axis + q.rank() : op.axis);
  std::int64_t inner = 1;
  for (std::size_t i = axis + 1; i < q.dims().size(); ++i) inner *= q.dims()[i];
  const auto scale = c.tensor(op.scale).to_doubles(), zero = c.tensor(op.zero_point).to_doubles();
  const bool scales = c.tensor(op.scale).rank() == 1, zeros = c.tensor(op.zero_point).rank() == 1;
  Tensor out = c.output();
  FloatSink sink(out);
  for (std::int64_t i = 0; i < q.count(); ++i) {
    const auto channel = static_cast<std::size_t>(i / inner % q.dims()[axis]);
    const auto shifted = static_cast<float>(q.at(i) - zero[zeros ? channel : 0]);
    sink.put(i, static_cast<double>(shifted * static_cast<float>(scale[scales ? channel : 0])));
  }
  return Tensors{std::move(out)};
}

}  // namespace

OpSchema constexpr_affine_dequantize_schema() {
  using Op = ConstexprAffineDequantize;
  return make_schema<Op>(
      {.name = "constexpr_affine_dequantize",
       .doc = "An 8-bit weight: (quantized_data - zero_point) * scale.",
       .mil = {"constexpr_affine_dequantize", Target::ios16},
       .traits = traits::compressed(Moves::nothing, Overflow::floats),
       .bounds = bounds::unknown,
       .cost = cost::traffic,
       .infer = infer,
       .eval = eval},
      operand<&Op::quantized_data>("quantized_data", kBytes, "The stored integers.")
          .constant_in_mil(),
      operand<&Op::zero_point>("zero_point", kBytes | DTypeSet::of(DType::f32),
                               "What stands for 0: a scalar or a vector.")
          .constant_in_mil(),
      operand<&Op::scale>("scale", kScales, "Step size: a scalar or a vector.").constant_in_mil(),
      attr<&Op::axis>("axis", "The axis that vectors run along."));
}

}  // namespace corecast::op
