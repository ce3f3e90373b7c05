#include "executor/reference.h"

#include <algorithm>
#include <set>

namespace corecast::executor {

using ir::BlockId;
using ir::Dim;
using ir::Dims;
using ir::DType;
using ir::OpData;
using ir::OpId;
using ir::Tensor;
using ir::Tensors;
using ir::Type;
using ir::Types;
using ir::ValueId;

namespace {

using Lookup = std::function<const Tensor&(ValueId)>;

/// Inference over tensors that are there: every shape and every value is known.
class LiveTypes final : public ir::InferContext {
 public:
  LiveTypes(const ir::Function& f, OpId op, const Lookup& lookup)
      : f_(f), op_(op), lookup_(lookup) {}

  const Type& type(ValueId v) const override {
    const auto found = types_.find(v.raw);
    if (found != types_.end()) return found->second;
    Type t = f_.type(v);
    if (t.is_tensor()) t.shape = ir::make_shape(lookup_(v).dims());
    return types_.emplace(v.raw, std::move(t)).first->second;
  }
  const Tensor* constant(ValueId v) const override {
    return v && f_.type(v).is_tensor() ? &lookup_(v) : nullptr;
  }
  std::optional<Dims> known(ValueId v) const override {
    const Tensor* t = constant(v);
    return t ? small_integers(*t) : std::nullopt;
  }
  Types block_args(BlockId b) const override { return declared(f_.block(b).args); }
  Types block_results(BlockId b) const override { return declared(f_.block(b).results); }
  Dim fresh(int index) override {
    return Dim::symbol(cat("d", op_.raw, index ? cat("_", index) : std::string()));
  }

 private:
  Types declared(const std::vector<ValueId>& values) const {
    Types types;
    for (const ValueId v : values) types.push_back(f_.type(v));
    return types;
  }
  const ir::Function& f_;
  OpId op_;
  const Lookup& lookup_;
  mutable std::map<std::uint32_t, Type> types_;
};

class Context final : public ir::EvalContext {
 public:
  Context(Model& model, Frame* frame, OpId op, Lookup lookup)
      : model_(model), frame_(frame), op_(op), lookup_(std::move(lookup)) {}

  const Tensor& tensor(ValueId v) const override { return lookup_(v); }

  const Type& result_type(std::size_t index) const override { return types_.at(index); }
  Status infer(bool declared) {
    const OpData& d = model_.f.op(op_);
    LiveTypes live(model_.f, op_, lookup_);
    TRY(types_, d.schema->infer(d, live));
    for (std::size_t i = 0; i < types_.size(); ++i)
      if (!declared) types_[i].dtype = model_.storage(types_[i].dtype);
    return {};
  }

  Result<Tensors> run_block(BlockId b, std::span<const Tensor> args) override;
  Result<Tensor> read_state(ValueId state) override;
  Status write_state(ValueId state, const Tensor& value) override;

 private:
  Result<std::string> state_name(ValueId state) const;
  Model& model_;
  Frame* frame_;
  OpId op_;
  Lookup lookup_;
  Types types_;
};

Result<Tensors> evaluate_with(Model& model, Frame* frame, OpId op, Lookup lookup, bool declared) {
  const OpData& d = model.f.op(op);
  Context context(model, frame, op, std::move(lookup));
  TRY_VOID(context.infer(declared));
  auto results = d.schema->eval(d, context);
  if (!results) {
    Error e = std::move(results).error();
    if (e.where.op.empty()) e.where.op = d.schema->name;
    if (e.where.node.empty() && !d.results.empty()) e.where.node = model.f.value(d.results[0]).name;
    return e;
  }
  CC_CHECK(results->size() == d.results.size(), "evaluation changed the number of results");
  return results;
}

Result<Tensors> Context::run_block(BlockId b, std::span<const Tensor> args) {
  CC_CHECK(frame_ != nullptr, "blocks need a frame");
  const ir::BlockData& block = model_.f.block(b);
  CC_CHECK(args.size() == block.args.size(), "wrong number of block arguments");
  auto& values = frame_->block_values;
  for (std::size_t i = 0; i < args.size(); ++i) values[block.args[i].raw] = args[i];
  std::vector<ValueId> made(block.args);
  for (const OpId op : model_.f.ops(b)) {
    TRY(Tensors results, evaluate(model_, *frame_, op));
    for (std::size_t i = 0; i < results.size(); ++i) {
      const ValueId v = model_.f.op(op).results[i];
      values[v.raw] = std::move(results[i]);
      made.push_back(v);
    }
  }
  Tensors out;
  for (const ValueId v : block.results) {
    const auto inside = values.find(v.raw);
    Tensor t = inside != values.end()    ? inside->second
               : model_.f.is_constant(v) ? model_.constant(v)
                                         : frame_->copy(frame_->program().plain[v.index()]);
    out.push_back(std::move(t));
  }
  for (const ValueId v : made) values.erase(v.raw);
  return out;
}

Result<std::string> Context::state_name(ValueId state) const {
  const ir::ValueData& v = model_.f.value(state);
  if (v.kind == ir::ValueKind::block_arg && v.block == model_.f.entry() &&
      v.index < model_.f.inputs.size() && !model_.f.inputs[v.index].name.empty())
    return model_.f.inputs[v.index].name;
  return v.name;
}

Result<Tensor> Context::read_state(ValueId state) {
  TRY(const std::string name, state_name(state));
  CC_CHECK(frame_ && frame_->states, "states need a frame");
  const auto found = frame_->states->find(name);
  const Type& type = model_.f.type(state);
  if (found == frame_->states->end()) {
    if (!ir::is_static(type.shape)) return ir::eval_error("state '", name, "' has no fixed shape");
    return Tensor::zeros(model_.storage(type.dtype), ir::static_dims(type.shape));
  }
  return model_.stored(found->second, type.dtype);
}

Status Context::write_state(ValueId state, const Tensor& value) {
  TRY(const std::string name, state_name(state));
  CC_CHECK(frame_ && frame_->states, "states need a frame");
  // The caller keeps states in the declared type, and past this run.
  const DType declared = model_.f.type(state).dtype;
  const DType kept = model_.options.precision == Precision::native ? declared : value.dtype();
  (*frame_->states)[name] = value.dtype() != kept ? value.cast(kept)
                            : frame_->in_arena(value)
                                ? Tensor::from_bytes(value.dtype(), value.dims(), value.bytes())
                                : value;
  return {};
}

}  // namespace

Result<Tensors> evaluate(Model& model, Frame& frame, OpId op) {
  // Tensors of slots are made on demand; references stay valid until the op is done.
  auto held = std::make_shared<std::map<std::uint32_t, Tensor>>();
  Lookup lookup = [&model, &frame, held](ValueId v) -> const Tensor& {
    const auto block = frame.block_values.find(v.raw);
    if (block != frame.block_values.end()) return block->second;
    if (model.f.is_constant(v)) return model.constant(v);
    const auto found = held->find(v.raw);
    if (found != held->end()) return found->second;
    const SlotId slot = frame.program().plain[v.index()];
    CC_CHECK(static_cast<bool>(slot), "value was not made");
    return held->emplace(v.raw, frame.tensor(slot)).first->second;
  };
  TRY(Tensors results, evaluate_with(model, &frame, op, std::move(lookup), false));
  const OpData& d = model.f.op(op);
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Type& type = model.f.type(d.results[i]);
    Tensor& t = results[i];
    if (!type.is_tensor() || t.dtype() == DType::string) continue;
    // A room may hand its operand's bytes on; those in the arena will be overwritten.
    if (t.buffer() && frame.in_arena(t)) t = Tensor::from_bytes(t.dtype(), t.dims(), t.bytes());
    if (t.dtype() != model.storage(type.dtype) || model.rounds(type.dtype))
      t = model.stored(t, type.dtype);
  }
  return results;
}

Result<Tensors> evaluate_constants(Model& model, const ConcreteTypes& types, OpId op,
                                   bool declared) {
  auto held = std::make_shared<std::map<std::uint32_t, Tensor>>();
  Lookup lookup = [&model, &types, declared, held](ValueId v) -> const Tensor& {
    const Tensor* t = types.constant(v);
    CC_CHECK(t != nullptr, "not a constant");
    const DType wanted = model.f.type(v).dtype;
    if (declared && t->dtype() != wanted)
      return held->insert_or_assign(v.raw, t->cast(wanted)).first->second;
    return declared || !model.f.is_constant(v) ? *t : model.constant(v);
  };
  TRY(Tensors results, evaluate_with(model, nullptr, op, std::move(lookup), declared));
  const OpData& d = model.f.op(op);
  for (std::size_t i = 0; i < results.size(); ++i)
    results[i] = model.stored(results[i], model.f.type(d.results[i]).dtype);
  return results;
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
