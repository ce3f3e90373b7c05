#include "ops/interpret.h"

#include <unordered_map>

#include "base/strings.h"
#include "ir/schema.h"

namespace corecast::ops {

namespace {

using ir::BlockId;
using ir::Dim;
using ir::Dims;
using ir::DType;
using ir::Function;
using ir::OpData;
using ir::OpId;
using ir::Shape;
using ir::Tensor;
using ir::Tensors;
using ir::Type;
using ir::TypeKind;
using ir::Types;
using ir::ValueId;

Error input_error(std::string message) { return Error(Code::E2102, std::move(message)); }

/// The type of a value that holds `t`. A list is a tensor whose first dim counts its elements.
Type concrete_type(const Type& declared, const Tensor& t) {
  Type out(t.dtype(), ir::make_shape(t.dims()));
  out.kind = declared.kind;
  if (declared.kind == TypeKind::list) {
    CC_CHECK(t.rank() >= 1, "a list is held as a tensor of its elements");
    out.length = out.shape.front();
    out.shape.erase(out.shape.begin());
  }
  return out;
}

/// Inference with the shapes, and the values, that a run has at hand.
class ConcreteInfer final : public ir::InferContext {
 public:
  using Lookup = std::function<const Tensor*(ValueId)>;
  ConcreteInfer(const Function& f, const OpData& op, const Lookup& lookup)
      : f_(f), lookup_(lookup) {
    for (const ValueId v : op.operands) {
      if (!v || types_.count(v) != 0) continue;
      const Tensor* t = f.type(v).kind == TypeKind::state ? nullptr : lookup(v);
      types_.emplace(v, t != nullptr ? concrete_type(f.type(v), *t) : f.type(v));
    }
  }

  const Type& type(ValueId v) const override {
    const auto it = types_.find(v);
    return it != types_.end() ? it->second : f_.type(v);
  }
  const Tensor* constant(ValueId v) const override {
    return v && f_.type(v).kind != TypeKind::state ? lookup_(v) : nullptr;
  }
  std::optional<Dims> known(ValueId v) const override {
    constexpr std::int64_t limit = 4096;
    const Tensor* t = constant(v);
    if (t == nullptr || t->count() > limit) return std::nullopt;
    if (!ir::is_integer(t->dtype()) && t->dtype() != DType::boolean) return std::nullopt;
    Dims out;
    for (const auto i : t->to_ints()) out.emplace_back(i);
    return out;
  }
  Types block_args(BlockId b) const override { return types_of(f_.block(b).args); }
  Types block_results(BlockId b) const override { return types_of(f_.block(b).results); }
  Dim fresh(int index) override { return Dim::symbol(cat("data_", index)); }

 private:
  Types types_of(const std::vector<ValueId>& values) const {
    Types out;
    for (const ValueId v : values) out.push_back(f_.type(v));
    return out;
  }
  const Function& f_;
  const Lookup& lookup_;
  std::map<ValueId, Type> types_;
};

/// Runs ops of one function. Blocks nest: each has its values, and sees those of the blocks around
/// it.
class Interpreter {
 public:
  using Lookup = ConcreteInfer::Lookup;
  Interpreter(const Function& f, const InterpretOptions& options, Lookup outer = nullptr)
      : f_(f), options_(options), outer_(std::move(outer)) {
    lookup_ = [this](ValueId v) { return find(v); };
  }

  void bind_state(ValueId v, std::string name) { states_[v] = std::move(name); }
  Result<Tensors> run_block(BlockId b, std::span<const Tensor> args);
  Result<Tensors> run_op(OpId id);
  Result<Tensor> read_state(ValueId v);
  Status write_state(ValueId v, const Tensor& value);
  const Tensor* find(ValueId v) const;
  const Function& function() const { return f_; }

 private:
  using Values = std::unordered_map<ValueId, Tensor>;
  /// The values whose last reader, in the block that makes them, is the op.
  const std::vector<ValueId>& dying_at(BlockId b, OpId op);
  void find_deaths(BlockId b);
  /// The op of block `b` that `use` belongs to, itself or by nesting; empty when it is b's result.
  OpId reader_in(BlockId b, const ir::Use& use) const;

  const Function& f_;
  const InterpretOptions& options_;
  Lookup outer_, lookup_;
  std::vector<Values> frames_;
  std::unordered_map<ValueId, std::string> states_;
  NamedTensors own_states_;
  std::unordered_map<BlockId, std::unordered_map<OpId, std::vector<ValueId>>> deaths_;
};

class RunContext final : public ir::EvalContext {
 public:
  RunContext(Interpreter& in, const OpData& op, const Types& types)
      : in_(in), op_(op), types_(types) {}
  const Tensor& tensor(ValueId v) const override {
    const Tensor* t = in_.find(v);
    CC_CHECK(t != nullptr, cat(op_.schema->name, " reads a value that was not computed"));
    return *t;
  }
  const Type& result_type(std::size_t index) const override { return types_.at(index); }
  Result<Tensors> run_block(BlockId b, std::span<const Tensor> args) override {
    return in_.run_block(b, args);
  }
  Result<Tensor> read_state(ValueId v) override { return in_.read_state(v); }
  Status write_state(ValueId v, const Tensor& value) override { return in_.write_state(v, value); }

 private:
  Interpreter& in_;
  const OpData& op_;
  const Types& types_;
};

const Tensor* Interpreter::find(ValueId v) const {
  if (!v) return nullptr;
  if (const Tensor* t = f_.constant(v)) return t;
  for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
    if (const auto it = frame->find(v); it != frame->end()) return &it->second;
  }
  return outer_ ? outer_(v) : nullptr;
}

OpId Interpreter::reader_in(BlockId b, const ir::Use& use) const {
  BlockId at = use.op ? f_.op(use.op).block : use.block;
  OpId reader = use.op;
  while (at != b) {
    reader = f_.block(at).parent;
    if (!reader) return OpId();
    at = f_.op(reader).block;
  }
  return reader;
}

void Interpreter::find_deaths(BlockId b) {
  auto& deaths = deaths_[b];
  std::unordered_map<OpId, std::size_t> position;
  for (const OpId id : f_.ops(b)) position.emplace(id, position.size());
  auto note = [&](ValueId v, OpId maker) {
    OpId last = maker;
    for (const ir::Use& use : f_.value(v).uses) {
      const OpId reader = reader_in(b, use);
      if (!reader) return;  // a result of the block
      if (!last || position.at(reader) > position.at(last)) last = reader;
    }
    if (last) deaths[last].push_back(v);
  };
  for (const ValueId arg : f_.block(b).args) note(arg, OpId());
  for (const OpId id : f_.ops(b)) {
    for (const ValueId v : f_.op(id).results) note(v, id);
  }
}

const std::vector<ValueId>& Interpreter::dying_at(BlockId b, OpId op) {
  static const std::vector<ValueId> none;
  if (deaths_.find(b) == deaths_.end()) find_deaths(b);
  const auto& deaths = deaths_.at(b);
  const auto it = deaths.find(op);
  return it == deaths.end() ? none : it->second;
}

Result<Tensors> Interpreter::run_block(BlockId b, std::span<const Tensor> args) {
  const auto& block = f_.block(b);
  frames_.emplace_back();
  struct Leave {
    std::vector<Values>& frames;
    ~Leave() { frames.pop_back(); }
  } leave{frames_};
  std::size_t next = 0;
  for (const ValueId v : block.args) {
    if (f_.type(v).kind == TypeKind::state) continue;
    CC_CHECK(next < args.size(), "too few block arguments");
    frames_.back().insert_or_assign(v, args[next++]);
  }
  CC_CHECK(next == args.size(), "too many block arguments");
  for (const OpId id : f_.ops(b)) {
    TRY(Tensors results, run_op(id));
    const OpData& op = f_.op(id);
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (options_.round) results[i] = options_.round(results[i]);
      if (options_.observe) options_.observe(op.results[i], results[i]);
      frames_.back().insert_or_assign(op.results[i], std::move(results[i]));
    }
    for (const ValueId v : dying_at(b, id)) frames_.back().erase(v);
  }
  Tensors out;
  for (const ValueId v : block.results) {
    const Tensor* t = find(v);
    CC_CHECK(t != nullptr, "a block result was not computed");
    out.push_back(*t);
  }
  return out;
}

/// The value must be what inference promised: anything else is a bug of the room.
void check_result(const OpData& op, std::size_t index, const Type& promised, const Tensor& got) {
  const Type actual = concrete_type(promised, got);
  const auto complain = [&] {
    CC_CHECK(false, cat(op.schema->name, " result ", index, " is ", ir::to_string(actual),
                        " where inference says ", ir::to_string(promised)));
  };
  if (actual.dtype != promised.dtype || actual.rank() != promised.rank()) complain();
  for (std::size_t i = 0; i < actual.shape.size(); ++i) {
    if (promised.shape[i].is_constant() && promised.shape[i] != actual.shape[i]) complain();
  }
}

Error located(Error e, const OpData& op) {
  if (e.where.op.empty()) {
    e.message = cat(op.schema->name, ": ", e.message);
    e.where.op = std::string(op.schema->name);
  }
  if (e.where.node.empty() && op.location) {
    e.where.node = op.location->node;
    e.where.source = op.location->source;
    if (!op.location->op.empty()) e.where.op = op.location->op;
  }
  return e;
}

Result<Tensors> Interpreter::run_op(OpId id) {
  const OpData& op = f_.op(id);
  ConcreteInfer infer(f_, op, lookup_);
  auto types = op.schema->infer(op, infer);
  if (!types) return located(std::move(types).error(), op);
  CC_CHECK(types->size() == op.results.size(),
           cat(op.schema->name, " infers another number of results"));
  RunContext context(*this, op, *types);
  auto results = op.schema->eval(op, context);
  if (!results) return located(std::move(results).error(), op);
  CC_CHECK(results->size() == types->size(),
           cat(op.schema->name, " gives another number of results"));
  for (std::size_t i = 0; i < types->size(); ++i) check_result(op, i, (*types)[i], (*results)[i]);
  return results;
}

Result<Tensor> Interpreter::read_state(ValueId v) {
  const auto name = states_.find(v);
  CC_CHECK(name != states_.end(), "the value is no state");
  NamedTensors& states = options_.states != nullptr ? *options_.states : own_states_;
  if (const auto it = states.find(name->second); it != states.end()) return it->second;
  const Type& type = f_.type(v);
  if (!type.is_static()) {
    return input_error(
        cat("state '", name->second, "' has no value and no fixed shape: ", ir::to_string(type)));
  }
  return Tensor::zeros(type.dtype, ir::static_dims(type.shape));
}

Status Interpreter::write_state(ValueId v, const Tensor& value) {
  const auto name = states_.find(v);
  CC_CHECK(name != states_.end(), "the value is no state");
  NamedTensors& states = options_.states != nullptr ? *options_.states : own_states_;
  states.insert_or_assign(name->second, value);
  return {};
}

/// Checks `t` against the declared type and binds the type's symbols to its sizes.
Status check_input(const std::string& name, const Type& type, const Tensor& t,
                   ir::SymbolValues& symbols) {
  auto misfit = [&] {
    return input_error(cat("input '", name, "' is ",
                           ir::to_string(Type(t.dtype(), ir::make_shape(t.dims()))),
                           " where the model takes ", ir::to_string(type)));
  };
  if (t.dtype() != type.dtype || t.rank() != type.rank()) return misfit();
  for (std::size_t i = 0; i < type.shape.size(); ++i) {
    const Dim& dim = type.shape[i];
    const std::int64_t size = t.dims()[i];
    if (const auto symbol = dim.as_symbol()) {
      const auto [it, is_new] = symbols.emplace(*symbol, size);
      if (!is_new && it->second != size) {
        return input_error(cat("input '", name, "': size ", *symbol, " is ", size, " here and ",
                               it->second, " elsewhere"));
      }
    } else if (const auto want = dim.evaluate(symbols); want && *want != size) {
      return misfit();
    }
  }
  return {};
}

}  // namespace

Result<NamedTensors> interpret(const Function& f, const NamedTensors& inputs,
                               const InterpretOptions& options) {
  const auto& entry = f.block(f.entry());
  CC_CHECK(entry.args.size() == f.inputs.size(), "an argument without a feature");
  CC_CHECK(entry.results.size() == f.outputs.size(), "a result without a feature");
  Interpreter interpreter(f, options);
  Tensors args;
  ir::SymbolValues symbols;
  std::size_t used = 0;
  for (std::size_t i = 0; i < entry.args.size(); ++i) {
    const std::string& name = f.inputs[i].name;
    const Type& type = f.type(entry.args[i]);
    if (type.kind == TypeKind::state) {
      interpreter.bind_state(entry.args[i], name);
      continue;
    }
    const auto it = inputs.find(name);
    if (it == inputs.end()) return input_error(cat("input '", name, "' is missing"));
    TRY_VOID(check_input(name, type, it->second, symbols));
    args.push_back(it->second);
    ++used;
  }
  if (used != inputs.size()) {
    for (const auto& [name, tensor] : inputs) {
      bool found = false;
      for (const auto& feature : f.inputs) found = found || feature.name == name;
      if (!found) return input_error(cat("the model has no input '", name, "'"));
    }
  }
  TRY(Tensors results, interpreter.run_block(f.entry(), args));
  NamedTensors out;
  for (std::size_t i = 0; i < results.size(); ++i)
    out.insert_or_assign(f.outputs[i].name, std::move(results[i]));
  return out;
}

std::optional<Tensors> evaluate_constant(const Function& f, OpId op) {
  const OpData& d = f.op(op);
  if (!d.schema->traits.pure || !d.blocks.empty()) return std::nullopt;
  for (const ValueId v : d.operands) {
    if (v && !f.is_constant(v)) return std::nullopt;
  }
  auto results = evaluate_op(f, op, [&](ValueId v) { return f.constant(v); });
  if (!results) return std::nullopt;
  return std::move(results).value();
}

Result<Tensors> evaluate_op(const Function& f, OpId op,
                            const std::function<const Tensor*(ValueId)>& lookup) {
  const InterpretOptions options;
  return Interpreter(f, options, lookup).run_op(op);
}

}  // namespace corecast::ops
