#include "ir/function_infer.h"

#include "ir/function.h"

namespace corecast::ir {

std::optional<Dims> small_integers(const Tensor& t) {
  constexpr std::int64_t kLimit = 64;  // longer vectors are data, not shapes
  if (t.count() > kLimit || t.rank() > 2) return std::nullopt;
  if (!is_integer(t.dtype()) && t.dtype() != DType::boolean) return std::nullopt;
  Dims dims;
  for (std::int64_t i = 0; i < t.count(); ++i) dims.emplace_back(t.at_int(i));
  return dims;
}

bool same_known(const std::shared_ptr<const Dims>& a, const std::shared_ptr<const Dims>& b) {
  return a == b || (a && b && *a == *b);
}

const Type& FunctionInfer::type(ValueId v) const { return f_.type(v); }
const Tensor* FunctionInfer::constant(ValueId v) const { return f_.constant(v); }
const Dims* FunctionInfer::computed(ValueId v) const { return f_.value(v).known.get(); }

std::optional<Dims> FunctionInfer::known(ValueId v) const {
  if (!v) return std::nullopt;
  if (const Dims* dims = computed(v)) return *dims;
  const Tensor* t = constant(v);
  return t ? small_integers(*t) : std::nullopt;
}

Types FunctionInfer::block_args(BlockId b) const { return types_of(f_.block(b).args); }
Types FunctionInfer::block_results(BlockId b) const { return types_of(f_.block(b).results); }
Dim FunctionInfer::fresh(int index) {
  return Dim::symbol(cat("d", op_.raw, index ? cat("_", index) : ""));
}

Types FunctionInfer::types_of(const std::vector<ValueId>& values) const {
  Types types;
  for (const ValueId v : values) types.push_back(type(v));
  return types;
}

}  // namespace corecast::ir
