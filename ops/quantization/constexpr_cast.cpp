#include "ops/quantization/constexpr_cast.h"

#include "ops/detail/blocks.h"

namespace corecast::op {
namespace {

Result<Types> infer(const ConstexprCast& op, InferContext& c) {
  if (op.output_dtype != DType::f32)
    return infer_error("output_dtype is ", ir::name_of(op.output_dtype), ", not f32");
  TRY(const auto dims, constant_dims(c, op.source_val, "source_val"));
  return Types{Type(op.output_dtype, ir::make_shape(dims))};
}

Result<Tensors> eval(const ConstexprCast& op, EvalContext& c) {
  return Tensors{c.tensor(op.source_val).cast(op.output_dtype)};
}

}  // namespace

OpSchema constexpr_cast_schema() {
  using Op = ConstexprCast;
  return make_schema<Op>(
      {.name = "constexpr_cast",
       .doc = "A weight stored as f16 and used as f32.",
       .mil = {"constexpr_cast", Target::ios16, {}, {mil::general_weights()}},
       .traits = traits::compressed(Moves::nothing, Overflow::never),
       .bounds = bounds::of(&Op::source_val),
       .cost = cost::traffic,
       .infer = infer,
       .eval = eval},
      operand<&Op::source_val>("source_val", DTypeSet::of(DType::f16), "The stored weight.")
          .constant_in_mil(),
      attr<&Op::output_dtype>("output_dtype", "f32."));
}

}  // namespace corecast::op
