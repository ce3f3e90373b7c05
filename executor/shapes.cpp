#include "executor/shapes.h"

namespace corecast::executor {

using ir::Dims;
using ir::OpId;
using ir::Tensor;
using ir::Type;
using ir::Types;
using ir::ValueId;

ConcreteTypes::ConcreteTypes(const ir::Function& f)
    : FunctionInfer(f), constants_(f.value_capacity()), known_(f.value_capacity()) {
  types_.reserve(f.value_capacity());
  for (std::uint32_t i = 0; i < f.value_capacity(); ++i) types_.push_back(f.type(ValueId(i)));
}

void ConcreteTypes::set(ValueId v, Type type) { types_[v.index()] = std::move(type); }

void ConcreteTypes::set_constant(ValueId v, std::shared_ptr<const Tensor> tensor) {
  types_[v.index()].shape = ir::make_shape(tensor->dims());
  constants_[v.index()] = std::move(tensor);
}

void ConcreteTypes::forget_constants() {
  for (auto& c : constants_) c.reset();
}

Status ConcreteTypes::infer(OpId op) {
  op_ = op;
  const ir::OpData& d = f_.op(op);
  TRY(Types types, d.schema->infer(d, *this));
  CC_CHECK(types.size() == d.results.size(), "inference changed the number of results");
  for (std::size_t i = 0; i < types.size(); ++i) {
    // A declared type may be more precise than what inference finds for data-dependent sizes.
    const Type& declared = f_.type(d.results[i]);
    if (types[i].rank() == declared.rank())
      for (std::size_t a = 0; a < types[i].shape.size(); ++a)
        if (!types[i].shape[a].is_constant() && declared.shape[a].is_constant())
          types[i].shape[a] = declared.shape[a];
    types_[d.results[i].index()] = std::move(types[i]);
  }
  if (d.schema->known && !d.results.empty())
    known_[d.results[0].index()] = d.schema->known(d, *this);
  return {};
}

const Tensor* ConcreteTypes::constant(ValueId v) const {
  if (!v) return nullptr;
  if (const Tensor* t = f_.constant(v)) return t;
  return constants_[v.index()].get();
}

const Dims* ConcreteTypes::computed(ValueId v) const {
  const auto& known = known_[v.index()];
  return known ? &*known : nullptr;
}

}  // namespace corecast::executor
