#include "executor/reference.h"

#include <functional>
#include <set>

#include "ops/evaluate.h"

namespace corecast::executor {

using ir::BlockId;
using ir::DType;
using ir::OpData;
using ir::OpId;
using ir::Tensor;
using ir::Tensors;
using ir::Type;
using ir::ValueId;

namespace {

/// What both kinds of evaluation share: the function, and where it fails.
class OfModel : public ops::Surroundings {
 public:
  explicit OfModel(Model& model) : model_(model) {}
  Error located(Error e, OpId op) const override {
    const OpData& d = model_.f.op(op);
    if (e.where.op.empty()) e.where.op = d.schema->name;
    if (e.where.node.empty() && !d.results.empty())
      e.where.node = model_.f.value(d.results[0]).name;
    return e;
  }

 protected:
  const Tensor* hold(ValueId v, Tensor t) {
    return &held_.insert_or_assign(v.raw, std::move(t)).first->second;
  }
  const Tensor* held(ValueId v) const {
    const auto at = held_.find(v.raw);
    return at == held_.end() ? nullptr : &at->second;
  }
  Model& model_;

 private:
  std::map<std::uint32_t, Tensor> held_;  ///< made on demand
};

/// A step among the slots of a frame.
class InFrame final : public OfModel {
 public:
  InFrame(Model& model, Frame& frame) : OfModel(model), frame_(frame) {}

  const Tensor* find(ValueId v) override {
    if (model_.f.is_constant(v)) return &model_.constant(v);
    if (const Tensor* t = held(v)) return t;
    const SlotId slot = frame_.program().plain[v.index()];
    return slot ? hold(v, frame_.tensor(slot)) : nullptr;
  }
  DType storage(DType declared) const override { return model_.storage(declared); }
  Tensor keep(ValueId v, Tensor t) override {
    const Type& type = model_.f.type(v);
    if (!type.is_tensor() || t.dtype() == DType::string) return t;
    // A room may hand its operand's bytes on; those in the arena will be overwritten.
    if (t.buffer() && frame_.in_arena(t)) t = Tensor::from_bytes(t.dtype(), t.dims(), t.bytes());
    return t.dtype() != model_.storage(type.dtype) || model_.rounds(v) ? model_.stored(t, v) : t;
  }
  Result<Tensor> read_state(ValueId state) override;
  Status write_state(ValueId state, const Tensor& value) override;

 private:
  std::string state_name(ValueId state) const;
  Frame& frame_;
};

std::string InFrame::state_name(ValueId state) const {
  const ir::ValueData& v = model_.f.value(state);
  if (v.kind == ir::ValueKind::block_arg && v.block == model_.f.entry() &&
      v.index < model_.f.inputs.size() && !model_.f.inputs[v.index].name.empty())
    return model_.f.inputs[v.index].name;
  return v.name;
}

Result<Tensor> InFrame::read_state(ValueId state) {
  const std::string name = state_name(state);
  const auto found = frame_.states->find(name);
  const Type& type = model_.f.type(state);
  if (found != frame_.states->end()) return model_.stored(found->second, state);
  if (!ir::is_static(type.shape)) return ir::eval_error("state '", name, "' has no fixed shape");
  return Tensor::zeros(model_.storage(type.dtype), ir::static_dims(type.shape));
}

Status InFrame::write_state(ValueId state, const Tensor& value) {
  // The caller keeps states in the declared type, and past this run.
  const DType declared = model_.f.type(state).dtype;
  const DType kept = model_.options.precision == Precision::native ? declared : value.dtype();
  (*frame_.states)[state_name(state)] =
      value.dtype() != kept    ? value.cast(kept)
      : frame_.in_arena(value) ? Tensor::from_bytes(value.dtype(), value.dims(), value.bytes())
                               : value;
  return {};
}

/// An op on constants alone, before there is a frame.
class OnConstants final : public OfModel {
 public:
  OnConstants(Model& model, const ConcreteTypes& types, bool declared)
      : OfModel(model), types_(types), declared_(declared) {}

  const Tensor* find(ValueId v) override {
    const Tensor* t = types_.constant(v);
    CC_CHECK(t != nullptr, "not a constant");
    if (!declared_) return model_.f.is_constant(v) ? &model_.constant(v) : t;
    const DType wanted = model_.f.type(v).dtype;
    if (t->dtype() == wanted) return t;
    const Tensor* made = held(v);
    return made ? made : hold(v, t->cast(wanted));
  }
  DType storage(DType declared) const override {
    return declared_ ? declared : model_.storage(declared);
  }
  Tensor keep(ValueId v, Tensor t) override { return model_.stored(t, v); }

 private:
  const ConcreteTypes& types_;
  const bool declared_;
};

}  // namespace

Result<Tensors> evaluate(Model& model, Frame& frame, OpId op) {
  InFrame around(model, frame);
  return ops::Evaluator(model.f, around).run_op(op);
}

Status run_reference(Model& model, Frame& frame, const Step& step) {
  TRY(Tensors results, evaluate(model, frame, step.op));
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Slot& slot = frame.program().slot(step.writes[i]);
    if (slot.shaped && results[i].dims() != slot.dims)
      return ir::eval_error(model.f.op(step.op).schema->name, ": result ", i,
                            " has another shape than inferred");
    frame.set(step.writes[i], std::move(results[i]));
  }
  return {};
}

Result<Tensors> evaluate_constants(Model& model, const ConcreteTypes& types, OpId op,
                                   bool declared) {
  OnConstants around(model, types, declared);
  return ops::Evaluator(model.f, around).run_op(op);
}

std::vector<ValueId> captured_values(const ir::Function& f, OpId op) {
  std::set<ValueId> inside;
  std::set<ValueId> captured;
  auto read = [&](ValueId v) {
    if (v && !f.is_constant(v) && !inside.contains(v)) captured.insert(v);
  };
  std::function<void(BlockId)> walk = [&](BlockId b) {
    for (const ValueId a : f.block(b).args) inside.insert(a);
    for (const OpId o : f.ops(b)) {
      for (const ValueId v : f.op(o).operands) read(v);
      for (const BlockId nested : f.op(o).blocks) walk(nested);
      for (const ValueId r : f.op(o).results) inside.insert(r);
    }
    for (const ValueId r : f.block(b).results) read(r);
  };
  for (const BlockId b : f.op(op).blocks) walk(b);
  return {captured.begin(), captured.end()};
}

}  // namespace corecast::executor
