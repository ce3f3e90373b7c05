// Builder: adds ops at a place of a function from their plain structs.
#pragma once

#include <utility>

#include "ir/function.h"

namespace corecast::ir {

class Builder {
 public:
  Builder(Function& f, const Registry& registry, InsertPoint at)
      : f_(&f), registry_(&registry), at_(at) {}
  Builder(Function& f, const Registry& registry) : Builder(f, registry, {f.entry(), OpId()}) {}

  Function& function() { return *f_; }
  const Function& function() const { return *f_; }
  const Registry& registry() const { return *registry_; }
  InsertPoint insert_point() const { return at_; }
  void set_insert_point(InsertPoint at) { at_ = at; }
  /// Given to every op added from now on.
  void set_location(std::shared_ptr<const Location> l) { location_ = std::move(l); }
  const std::shared_ptr<const Location>& location() const { return location_; }

  /// Adds the op; fails when its operands or attributes do not fit.
  template <class Op>
  Result<OpId> try_add(const Op& op, std::string name = {}) {
    const OpSchema& schema = registry_->get(Op::kind);
    OpData d;
    schema.store(op, d);
    return add_data(schema, std::move(d), std::move(name));
  }
  /// As try_add, where failing is our bug. The op has one result, which is returned.
  template <class Op>
  ValueId add(const Op& op, std::string name = {}) {
    return add_all(op, std::move(name)).at(0);
  }
  template <class Op>
  std::vector<ValueId> add_all(const Op& op, std::string name = {}) {
    auto id = try_add(op, std::move(name));
    if (!id) check_failed("op fits", __FILE__, __LINE__, id.error().to_string());
    return f_->op(*id).results;
  }

  ValueId constant(Tensor t, std::string name = {}) {
    return f_->add_constant(std::move(t), std::move(name));
  }
  /// An i32 vector, as MIL's shape and index parameters are.
  ValueId ints(const std::vector<std::int64_t>& values);
  ValueId int_scalar(std::int64_t value);
  /// A scalar of the given dtype.
  ValueId scalar(DType dtype, double value) { return constant(Tensor::splat(dtype, {}, value)); }

  const Type& type(ValueId v) const { return f_->type(v); }

 private:
  Result<OpId> add_data(const OpSchema& schema, OpData d, std::string name);
  Function* f_;
  const Registry* registry_;
  InsertPoint at_;
  std::shared_ptr<const Location> location_;
};

}  // namespace corecast::ir
