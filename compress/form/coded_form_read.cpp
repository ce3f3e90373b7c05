// From constexpr ops to forms, to numbers, and to the bytes that they take.
#include <map>
#include <set>

#include "compress/form/coded_form.h"
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

class Reader {
 public:
  explicit Reader(const Function& f) : f_(f) {}

  /// What the op behind `v` says of the form; `v` is the weight, or a part of it.
  void read(ValueId v) {
    const OpId def = f_.def(v);
    if (const auto s = f_.get_if<op::ConstexprSparseToDense>(def)) {
      form_.mask = part(s->mask);
      if (is_constexpr(f_, s->nonzero_data))
        read(s->nonzero_data);
      else
        form_.codes = part(s->nonzero_data);
    } else if (const auto l = f_.get_if<op::ConstexprLutToDense>(def)) {
      lookup(l->indices, l->lut, l->vector_axis);
    } else if (const auto ls = f_.get_if<op::ConstexprLutToSparse>(def)) {
      form_.mask = part(ls->indices_mask);
      lookup(ls->indices_nonzero_data, ls->lut, ls->vector_axis);
    } else if (const auto b = f_.get_if<op::ConstexprBlockwiseShiftScale>(def)) {
      scaled(b->scale, b->offset);
      if (is_constexpr(f_, b->data))
        read(b->data);  // a palette with a scale behind it
      else
        codes(b->data);
    } else if (const auto bs = f_.get_if<op::ConstexprSparseBlockwiseShiftScale>(def)) {
      form_.mask = part(bs->data_mask);
      scaled(bs->scale, bs->offset);
      codes(bs->nonzero_data);
    } else if (const auto a = f_.get_if<op::ConstexprAffineDequantize>(def)) {
      affine(*a);
    }
  }

  CodedForm form_;

 private:
  CodedPart part(ValueId v) const {
    const Tensor* t = f_.constant(v);
    return {t ? std::optional(*t) : std::nullopt, v, {}};
  }

  void codes(ValueId v) {
    form_.codes = part(v);
    form_.bits = ir::bits_of(f_.type(v).dtype);
  }

  void lookup(ValueId indices, ValueId lut, std::optional<std::int64_t> vector_axis) {
    codes(indices);
    form_.table = part(lut);
    form_.vector_axis = vector_axis;
  }

  void scaled(ValueId scale, ValueId offset) {
    form_.scale = part(scale);
    if (offset) form_.offset = part(offset);
  }

  void affine(const op::ConstexprAffineDequantize& a) {
    codes(a.quantized_data);
    form_.scale = CodedPart{};
    form_.offset = CodedPart{};
    const Tensor *scale = f_.constant(a.scale), *zero = f_.constant(a.zero_point);
    if (!scale || !zero) return;
    const auto rank = static_cast<std::int64_t>(f_.type(a.quantized_data).shape.size());
    const std::int64_t axis = a.axis < 0 ? a.axis + rank : a.axis;
    form_.scale = grid(a.scale, axis, rank);
    if (zero->dtype() != f_.type(a.quantized_data).dtype) return;
    // Blocks are the same for both: whichever is a vector decides. Zeros may be left out.
    if (scale->rank() == zero->rank())
      form_.offset = grid(a.zero_point, axis, rank);
    else if (all_zero(*zero))
      form_.offset.reset();
  }

  /// A scalar or a vector along `axis` as a number per block of the weight.
  CodedPart grid(ValueId v, std::int64_t axis, std::int64_t rank) const {
    const Tensor& t = *f_.constant(v);
    std::vector<std::int64_t> dims(static_cast<std::size_t>(rank), 1);
    if (t.rank() == 1) dims[static_cast<std::size_t>(axis)] = t.count();
    return {t.reshaped(std::move(dims)), {}, f_.value(v).name};
  }

  static bool all_zero(const Tensor& t) {
    for (std::int64_t i = 0; i < t.count(); ++i) {
      if (t.at(i) != 0) return false;
    }
    return true;
  }

  const Function& f_;
};

}  // namespace

std::optional<CodedForm> read_form(const Function& f, ValueId v) {
  if (!is_constexpr(f, v)) return std::nullopt;
  Reader reader(f);
  reader.form_.dtype = f.type(v).dtype;
  reader.form_.dims = ir::static_dims(f.type(v).shape);
  reader.read(v);
  return std::move(reader.form_);
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

}  // namespace corecast::compress
