#include "ops/quantization/constexpr_sparse_to_dense.h"

#include "ir/function.h"
#include "ops/detail/blocks.h"

namespace corecast::op {
namespace {

Result<Types> infer(const ConstexprSparseToDense& op, InferContext& c) {
  TRY(const auto data, constant_dims(c, op.nonzero_data, "nonzero_data"));
  TRY(const auto dims, constant_dims(c, op.mask, "mask"));
  if (data.size() != 1) return infer_error("nonzero_data must have rank 1, not ", data.size());
  if (dims.empty()) return infer_error("mask must have rank 1 or more, not 0");
  return Types{Type(c.dtype(op.nonzero_data), ir::make_shape(dims))};
}

Result<Tensors> eval(const ConstexprSparseToDense& op, EvalContext& c) {
  const Tensor& data = c.tensor(op.nonzero_data);
  const Tensor& mask = c.tensor(op.mask);
  TRY_VOID(check_ones(mask, data.count(), "nonzero_data"));
  Tensor out = Tensor::zeros(data.dtype(), mask.dims());
  const bool packed = ir::is_sub_byte(data.dtype());
  const auto size = static_cast<std::size_t>(ir::bits_of(data.dtype()) / 8);
  const auto* from = data.bytes().data();
  auto* to = static_cast<std::byte*>(out.mutable_bytes());
  std::int64_t next = 0;
  for (std::int64_t i = 0; i < mask.count(); ++i) {
    if (!mask.at_int(i)) continue;
    if (packed)
      out.set_int(i, data.at_int(next));
    else
      copy_element(from, next, to, i, size);
    ++next;
  }
  return Tensors{std::move(out)};
}

/// Whole bytes have an older form.
bool is_general(const ir::Function& f, OpId id) {
  const auto op = *f.get_if<ConstexprSparseToDense>(id);
  return has_compressed_parts(f, id) || ir::is_sub_byte(f.type(op.nonzero_data).dtype);
}

}  // namespace

OpSchema constexpr_sparse_to_dense_schema() {
  using Op = ConstexprSparseToDense;
  return make_schema<Op>(
      {.name = "constexpr_sparse_to_dense",
       .doc = "A pruned weight: the stored elements at the ones of the mask, 0 elsewhere.",
       .mil = {"constexpr_sparse_to_dense", Target::ios16, {}, {mil::general_weights(is_general)}},
       .traits = traits::compressed(Moves::fills, Overflow::never),
       .bounds = bounds::of_or_zero(&Op::nonzero_data),
       .cost = cost::traffic,
       .infer = infer,
       .eval = eval},
      operand<&Op::nonzero_data>("nonzero_data", kShiftData, "The elements that are left [D].")
          .constant_in_mil(),
      operand<&Op::mask>("mask", kMask, "1 where there is an element.").constant_in_mil());
}

}  // namespace corecast::op
