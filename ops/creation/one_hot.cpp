#include "ops/creation/one_hot.h"

#include "ops/elements.h"
#include "ops/indexing/indexing.h"

namespace corecast::op {

namespace {

Result<Types> infer(const OneHot& op, InferContext& c) {
  Shape out = c.shape(op.indices);
  TRY(const std::int64_t axis, normalize_axis(op.axis, c.rank(op.indices) + 1));
  for (const ValueId v : {op.one_hot_vector_size, op.on_value, op.off_value}) {
    if (v && c.rank(v) != 0)
      return infer_error("one_hot_vector_size, on_value and off_value must be scalars");
  }
  const auto size = c.known(op.one_hot_vector_size);
  const Dim d = size ? size->at(0) : c.fresh();
  if (d.is_constant() && d.value() < 0) return infer_error("one_hot_vector_size is ", d.value());
  out.insert(out.begin() + axis, d);
  const DType dtype = op.on_value    ? c.dtype(op.on_value)
                      : op.off_value ? c.dtype(op.off_value)
                                     : DType::i32;
  return Types{Type(dtype, std::move(out))};
}

Result<Tensors> eval(const OneHot& op, EvalContext& c) {
  const Tensor& indices = c.tensor(op.indices);
  const std::int64_t size = c.tensor(op.one_hot_vector_size).at_int(0);
  TRY(const std::int64_t axis, normalize_axis(op.axis, indices.rank() + 1));
  if (size < 0) return eval_error("one_hot_vector_size is ", size);
  auto dims = indices.dims();
  dims.insert(dims.begin() + axis, size);
  const DType dtype = op.on_value    ? c.tensor(op.on_value).dtype()
                      : op.off_value ? c.tensor(op.off_value).dtype()
                                     : DType::i32;
  const auto value = [&](ValueId v, double fallback) {
    return v ? c.tensor(v) : Tensor::splat(dtype, {}, fallback);
  };
  const Tensor on = value(op.on_value, 1);
  Tensor out = broadcast_to(value(op.off_value, 0), dims);
  const auto bytes = static_cast<std::size_t>(ir::bits_of(dtype) / 8);
  auto* to = static_cast<std::byte*>(out.mutable_bytes());
  const AxisSplit split = split_at(dims, axis);
  for (std::int64_t o = 0; o < split.outer; ++o) {
    for (std::int64_t i = 0; i < split.inner; ++i) {
      const auto place = place_of(indices.at_int(o * split.inner + i), size, op.wraps);
      if (place) copy_element(on.bytes().data(), 0, to, split.at(o, *place, i), bytes);
    }
  }
  return Tensors{out};
}

Interval bounds_of_marks(const OneHot& op, const BoundsContext& c) {
  return hull(op.on_value ? c.of(op.on_value) : bounds::within(1, 1),
              op.off_value ? c.of(op.off_value) : bounds::within(0, 0));
}

}  // namespace

OpSchema one_hot_schema() {
  using Op = OneHot;
  return make_schema<Op>(
      {.name = "one_hot",
       .doc = "out[...,j,...] = on_value where j = indices[...], else off_value.",
       .mil = {"one_hot"},
       .traits = traits::filling(),
       .bounds = bounds_of_marks,
       .cost = cost::written,
       .infer = infer,
       .eval = eval},
      operand<&Op::indices>("indices", kIndices, "Positions to mark; one out of range marks none."),
      operand<&Op::one_hot_vector_size>("one_hot_vector_size", kIndices,
                                        "Scalar: size of the new dimension."),
      attr<&Op::axis>("axis", "Place of the new dimension in the result; -1: last."),
      attr<&Op::wraps>("wraps", kWrapsDoc).not_in_mil(),
      optional_operand<&Op::on_value>("on_value", kAny, "Scalar; 1 when absent.")
          .grouped('T')
          .constant_in_mil(),
      optional_operand<&Op::off_value>("off_value", kAny, "Scalar; 0 when absent.")
          .grouped('T')
          .constant_in_mil());
}

}  // namespace corecast::op
