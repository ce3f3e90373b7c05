#include "ops/interpret.h"

#include <unordered_map>

#include "base/strings.h"
#include "ops/evaluate.h"

namespace corecast::ops {

namespace {

using ir::Dim;
using ir::Function;
using ir::OpData;
using ir::OpId;
using ir::Tensor;
using ir::Tensors;
using ir::Type;
using ir::TypeKind;
using ir::ValueId;

Error input_error(std::string message) { return Error(Code::E2102, std::move(message)); }

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

/// The surroundings of a whole function: constants, and states by name.
class Interpreter final : public Surroundings {
 public:
  Interpreter(const Function& f, const InterpretOptions& options) : f_(f), options_(options) {}

  void bind_state(ValueId v, std::string name) { names_[v] = std::move(name); }

  const Tensor* find(ValueId v) override { return f_.constant(v); }
  Tensor keep(ValueId v, Tensor made) override {
    if (options_.round) made = options_.round(made);
    if (options_.observe) options_.observe(v, made);
    return made;
  }
  Result<Tensor> read_state(ValueId v) override;
  Status write_state(ValueId v, const Tensor& value) override {
    states().insert_or_assign(name_of(v), value);
    return {};
  }
  Error located(Error e, OpId op) const override { return ops::located(std::move(e), f_.op(op)); }

 private:
  NamedTensors& states() { return options_.states != nullptr ? *options_.states : own_states_; }
  const std::string& name_of(ValueId v) const {
    const auto name = names_.find(v);
    CC_CHECK(name != names_.end(), "the value is no state");
    return name->second;
  }
  const Function& f_;
  const InterpretOptions& options_;
  std::unordered_map<ValueId, std::string> names_;
  NamedTensors own_states_;
};

Result<Tensor> Interpreter::read_state(ValueId v) {
  const std::string& name = name_of(v);
  if (const auto it = states().find(name); it != states().end()) return it->second;
  const Type& type = f_.type(v);
  if (!type.is_static()) {
    return input_error(
        cat("state '", name, "' has no value and no fixed shape: ", ir::to_string(type)));
  }
  return Tensor::zeros(type.dtype, ir::static_dims(type.shape));
}

/// The surroundings of one op: the tensors that a caller has.
class Given final : public Surroundings {
 public:
  using Lookup = std::function<const Tensor*(ValueId)>;
  Given(const Function& f, const Lookup& lookup) : f_(f), lookup_(lookup) {}
  const Tensor* find(ValueId v) override {
    const Tensor* t = f_.constant(v);
    return t ? t : lookup_(v);
  }
  Error located(Error e, OpId op) const override { return ops::located(std::move(e), f_.op(op)); }

 private:
  const Function& f_;
  const Lookup& lookup_;
};

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
  TRY(Tensors results, Evaluator(f, interpreter).run_block(f.entry(), args));
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
  Given around(f, lookup);
  return Evaluator(f, around).run_op(op);
}

}  // namespace corecast::ops
