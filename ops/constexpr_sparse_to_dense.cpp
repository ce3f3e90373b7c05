#include "ops/constexpr_sparse_to_dense.h"

#include "ops/blocks.h"

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
  TRY(const auto ones, ones_of(c.tensor(op.mask), data.count(), "nonzero_data"));
  Tensor out = Tensor::zeros(data.dtype(), c.tensor(op.mask).dims());
  if (ir::is_sub_byte(data.dtype())) {
    for (std::int64_t i = 0; i < data.count(); ++i) out.set_int(ones[static_cast<std::size_t>(i)], data.at_int(i));
    return Tensors{std::move(out)};
  }
  const auto size = static_cast<std::size_t>(ir::bits_of(data.dtype()) / 8);
  const auto* from = data.bytes().data();
  auto* to = static_cast<std::byte*>(out.mutable_bytes());
  for (std::int64_t i = 0; i < data.count(); ++i) copy_element(from, i, to, ones[static_cast<std::size_t>(i)], size);
  return Tensors{std::move(out)};
}

}  // namespace

OpSchema constexpr_sparse_to_dense_schema() {
  using Op = ConstexprSparseToDense;
  return make_schema<Op>(
      {.name = "constexpr_sparse_to_dense",
       .doc = "A pruned weight: the stored elements at the ones of the mask, 0 elsewhere.",
       .mil = {"constexpr_sparse_to_dense", Target::ios16},
       .traits = {.constexpr_op = true},
       .infer = infer,
       .eval = eval},
      operand<&Op::nonzero_data>("nonzero_data", kShiftData, "The elements that are left [D].").constant_in_mil(),
      operand<&Op::mask>("mask", kMask, "1 where there is an element.").constant_in_mil());
}

}  // namespace corecast::op
