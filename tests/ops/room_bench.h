// RoomBench: infers and evaluates one op of one room, without a Function or the registry.
//
//   RoomBench b;
//   const auto out = b.run(op::relu_schema(), op::Relu{.x = b.add(Tensor::of<float>({-1, 2}))});
#pragma once

#include <map>

#include "ir/function.h"
#include "ir/schema.h"
#include "ops/detail/room.h"

namespace corecast::op {
#define OP(Struct, name) ops::OpSchema name##_schema();
#include "ops/ops.def"
#undef OP
}  // namespace corecast::op

namespace corecast::test {

class RoomBench : public ir::InferContext {
 public:
  ir::ValueId add(ir::Tensor t) {
    const auto id = add(ir::Type(t.dtype(), ir::make_shape(t.dims())));
    values_[id] = std::move(t);
    return id;
  }
  ir::ValueId add(ir::Type type) {
    types_.push_back(std::move(type));
    return ir::ValueId(static_cast<std::uint32_t>(types_.size() - 1));
  }

  template <class Op>
  Result<ir::Types> infer(const ir::OpSchema& schema, const Op& op) {
    return schema.infer(data(schema, op), *this);
  }
  /// The one result's type; throws with the message when inference fails.
  template <class Op>
  std::string type_of(const ir::OpSchema& schema, const Op& op) {
    return to_string(infer(schema, op).value().at(0));
  }
  template <class Op>
  std::string error_of(const ir::OpSchema& schema, const Op& op) {
    return infer(schema, op).error().message;
  }
  template <class Op>
  Result<ir::Tensors> try_run(const ir::OpSchema& schema, const Op& op) {
    const ir::OpData d = data(schema, op);
    TRY(auto types, schema.infer(d, *this));
    Eval context(*this, std::move(types));
    return schema.eval(d, context);
  }
  template <class Op>
  ir::Tensors run(const ir::OpSchema& schema, const Op& op) {
    return try_run(schema, op).value();
  }
  template <class Op>
  std::vector<double> numbers(const ir::OpSchema& schema, const Op& op) {
    return run(schema, op).at(0).to_doubles();
  }

  // InferContext
  const ir::Type& type(ir::ValueId v) const override { return types_.at(v.index()); }
  const ir::Tensor* constant(ir::ValueId v) const override {
    const auto it = values_.find(v);
    return it == values_.end() ? nullptr : &it->second;
  }
  std::optional<ir::Dims> known(ir::ValueId v) const override {
    const ir::Tensor* t = constant(v);
    if (!t || !ir::is_integer(t->dtype())) return std::nullopt;
    return ir::make_shape(t->to_ints());
  }
  ir::Types block_args(ir::BlockId) const override { return {}; }
  ir::Types block_results(ir::BlockId) const override { return {}; }
  ir::Dim fresh(int index) override { return ir::Dim::symbol("D" + std::to_string(index)); }

 private:
  class Eval : public ir::EvalContext {
   public:
    Eval(const RoomBench& bench, ir::Types types) : bench_(bench), types_(std::move(types)) {}
    const ir::Tensor& tensor(ir::ValueId v) const override { return bench_.values_.at(v); }
    const ir::Type& result_type(std::size_t index) const override { return types_.at(index); }
    Result<ir::Tensors> run_block(ir::BlockId, std::span<const ir::Tensor>) override {
      return ir::Tensors{};
    }
    Result<ir::Tensor> read_state(ir::ValueId) override { return ir::Tensor(); }
    Status write_state(ir::ValueId, const ir::Tensor&) override { return {}; }

   private:
    const RoomBench& bench_;
    ir::Types types_;
  };

  template <class Op>
  static ir::OpData data(const ir::OpSchema& schema, const Op& op) {
    ir::OpData d;
    schema.store(op, d);
    d.schema = &schema;
    return d;
  }

  std::vector<ir::Type> types_;
  std::map<ir::ValueId, ir::Tensor> values_;
};

}  // namespace corecast::test
