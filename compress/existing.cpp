#include "compress/existing.h"

#include <algorithm>
#include <set>

#include "base/strings.h"
#include "compress/encode.h"
#include "ops/interpret.h"
#include "ops/quantization/constexpr_affine_dequantize.h"
#include "ops/quantization/constexpr_blockwise_shift_scale.h"
#include "ops/quantization/constexpr_lut_to_dense.h"
#include "ops/quantization/constexpr_sparse_to_dense.h"

namespace corecast::compress {
namespace {

using ir::Function;
using ir::OpId;
using ir::Tensor;
using ir::ValueId;

bool is_constexpr(const Function& f, ValueId v) {
  const OpId def = f.def(v);
  return def && f.op(def).schema->traits.constexpr_op;
}

void describe(const Function& f, ValueId v, ExistingForm& form) {
  const OpId def = f.def(v);
  if (!is_constexpr(f, v)) return;
  const auto coded = [&](ValueId codes) { form.bits = ir::bits_of(f.type(codes).dtype); };
  if (const auto s = f.get_if<op::ConstexprSparseToDense>(def)) {
    form.pruned = true;
    describe(f, s->nonzero_data, form);
  } else if (const auto l = f.get_if<op::ConstexprLutToDense>(def)) {
    form.palettised = true;
    coded(l->indices);
  } else if (const auto ls = f.get_if<op::ConstexprLutToSparse>(def)) {
    form.pruned = form.palettised = true;
    coded(ls->indices_nonzero_data);
  } else if (const auto b = f.get_if<op::ConstexprBlockwiseShiftScale>(def)) {
    if (is_constexpr(f, b->data)) {
      describe(f, b->data, form);  // a palette with a scale behind it
    } else {
      form.quantised = true;
      coded(b->data);
    }
  } else if (const auto bs = f.get_if<op::ConstexprSparseBlockwiseShiftScale>(def)) {
    form.pruned = form.quantised = true;
    coded(bs->nonzero_data);
  } else if (const auto a = f.get_if<op::ConstexprAffineDequantize>(def)) {
    form.quantised = true;
    coded(a->quantized_data);
  }
}

/// A scalar or a vector along `axis` as a tensor of the weight's rank.
ValueId grid_of(ir::Builder& b, ValueId v, std::int64_t axis, std::size_t rank) {
  const Tensor& t = *b.function().constant(v);
  std::vector<std::int64_t> dims(rank, 1);
  if (t.rank() == 1) dims[static_cast<std::size_t>(axis)] = t.count();
  return b.constant(t.reshaped(std::move(dims)), b.function().value(v).name);
}

}  // namespace

std::string ExistingForm::text() const {
  std::vector<std::string> parts;
  if (pruned) parts.emplace_back("pruned");
  if (palettised) parts.push_back(cat("palettised to ", bits, " bits"));
  if (quantised) parts.push_back(cat("quantised to ", bits, " bits"));
  return parts.empty() ? "stored in a narrower type" : join(parts);
}

std::optional<ExistingForm> existing_form(const Function& f, ValueId v) {
  if (!is_constexpr(f, v)) return std::nullopt;
  ExistingForm form;
  describe(f, v, form);
  return form;
}

std::optional<Tensor> dense_value(const Function& f, ValueId v) {
  if (const Tensor* t = f.constant(v)) return *t;
  if (!is_constexpr(f, v)) return std::nullopt;
  const ir::OpData& op = f.op(f.def(v));
  std::map<ValueId, Tensor> operands;
  for (const ValueId o : op.operands) {
    if (!o) continue;
    auto t = dense_value(f, o);
    if (!t) return std::nullopt;
    operands.emplace(o, std::move(*t));
  }
  auto results = ops::evaluate_op(f, f.def(v), [&](ValueId o) -> const Tensor* {
    const auto it = operands.find(o);
    return it == operands.end() ? nullptr : &it->second;
  });
  if (!results) return std::nullopt;
  return std::move((*results)[f.value(v).index]);
}

std::size_t coded_bytes(const Function& f, ValueId v) {
  // The two results of a sparse op lead to the same constants: each counts once.
  std::set<ValueId> seen;
  std::vector<ValueId> pending = {v};
  std::size_t n = 0;
  while (!pending.empty()) {
    const ValueId part = pending.back();
    pending.pop_back();
    if (!part || !seen.insert(part).second) continue;
    if (const Tensor* t = f.constant(part)) {
      n += stored_bytes(t->byte_size(), static_cast<std::size_t>(t->count()));
    } else {
      const auto& operands = f.op(f.def(part)).operands;
      pending.insert(pending.end(), operands.begin(), operands.end());
    }
  }
  return n;
}

std::optional<Mask> existing_mask(const Function& f, ValueId v) {
  const auto s = f.def_if<op::ConstexprSparseToDense>(v);
  if (!s || !f.constant(s->mask) || !f.constant(s->nonzero_data)) return std::nullopt;
  const Tensor& t = *f.constant(s->mask);
  Mask mask;
  mask.count = t.count();
  mask.kept = f.constant(s->nonzero_data)->count();
  mask.bits = std::make_shared<ir::OwnedBuffer>(t.byte_size());
  t.read(0, {mask.bits->mutable_bytes(), t.byte_size()});
  return mask;
}

std::optional<ValueId> prune_codes(ir::Builder& b, ValueId v, const Mask& mask,
                                   const std::string& name, ThreadPool& pool) {
  const Function& f = b.function();
  const OpId def = f.def(v);
  const auto dims = ir::static_dims(f.type(v).shape);
  const auto kept = [&](ValueId codes) {
    const Tensor& t = *f.constant(codes);
    auto chosen = select(t.bytes(), ir::bits_of(t.dtype()), mask, pool);
    return b.constant(Tensor(t.dtype(), {mask.kept}, std::move(chosen)), name + "_nonzero");
  };
  const auto finish = [&](const std::vector<ValueId>& sparse) {
    return b.add(op::ConstexprSparseToDense{sparse[1], sparse[0]}, name);
  };
  const auto bits = [&] {
    return b.constant(Tensor(ir::DType::u1, dims, mask.bits), name + "_mask");
  };
  if (const auto l = f.get_if<op::ConstexprLutToDense>(def)) {
    if (!f.constant(l->indices) || f.type(l->indices).shape != f.type(v).shape) return std::nullopt;
    return finish(b.add_all(op::ConstexprLutToSparse{bits(), kept(l->indices), l->lut, {}},
                            name + "_sparse"));
  }
  if (const auto q = f.get_if<op::ConstexprBlockwiseShiftScale>(def)) {
    if (!f.constant(q->data)) return std::nullopt;
    return finish(b.add_all(
        op::ConstexprSparseBlockwiseShiftScale{bits(), kept(q->data), q->scale, q->offset},
        name + "_sparse"));
  }
  if (const auto a = f.get_if<op::ConstexprAffineDequantize>(def)) {
    if (!f.constant(a->quantized_data) || !f.constant(a->scale) || !f.constant(a->zero_point))
      return std::nullopt;
    const auto rank = static_cast<std::int64_t>(dims.size());
    const std::int64_t axis = a->axis < 0 ? a->axis + rank : a->axis;
    // The sparse form wants one shape for both: whichever is a vector decides.
    const Tensor &scale = *f.constant(a->scale), &zero = *f.constant(a->zero_point);
    if (zero.dtype() != f.type(a->quantized_data).dtype || scale.rank() != zero.rank()) {
      bool none = zero.dtype() == f.type(a->quantized_data).dtype;
      for (std::int64_t i = 0; none && i < zero.count(); ++i) none = zero.at(i) == 0;
      if (!none) return std::nullopt;
      return finish(b.add_all(
          op::ConstexprSparseBlockwiseShiftScale{
              bits(), kept(a->quantized_data), grid_of(b, a->scale, axis, dims.size()), {}},
          name + "_sparse"));
    }
    return finish(b.add_all(
        op::ConstexprSparseBlockwiseShiftScale{bits(), kept(a->quantized_data),
                                               grid_of(b, a->scale, axis, dims.size()),
                                               grid_of(b, a->zero_point, axis, dims.size())},
        name + "_sparse"));
  }
  return std::nullopt;
}

}  // namespace corecast::compress
