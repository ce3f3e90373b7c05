#include "ops/evaluate.h"

#include <map>

#include "base/strings.h"
#include "ir/function_infer.h"
#include "ir/schema.h"

namespace corecast::ops {

using ir::BlockId;
using ir::OpData;
using ir::OpId;
using ir::Tensor;
using ir::Tensors;
using ir::Type;
using ir::TypeKind;
using ir::Types;
using ir::ValueId;

Result<Tensor> Surroundings::read_state(ValueId) { CC_UNREACHABLE("no states here"); }
Status Surroundings::write_state(ValueId, const Tensor&) { CC_UNREACHABLE("no states here"); }

namespace {

/// The shape, in the kind of type that is declared, of a value that holds `t`. A list is a tensor
/// whose first dim counts its elements.
Type concrete_type(const Type& declared, const Tensor& t) {
  Type out = declared;
  out.shape = ir::make_shape(t.dims());
  if (declared.kind == TypeKind::list) {
    CC_CHECK(t.rank() >= 1, "a list is held as a tensor of its elements");
    out.length = out.shape.front();
    out.shape.erase(out.shape.begin());
  }
  return out;
}

/// The value must be what inference promised: anything else is a bug of the room. Where values are
/// held in other types than declared, rooms need not care: they are converted.
void check_result(const OpData& op, std::size_t index, const Type& promised, const Tensor& got,
                  bool as_declared) {
  Type actual = concrete_type(promised, got);
  actual.dtype = got.dtype();
  const auto complain = [&] {
    CC_CHECK(false, cat(op.schema->name, " result ", index, " is ", ir::to_string(actual),
                        " where inference says ", ir::to_string(promised)));
  };
  if ((as_declared && actual.dtype != promised.dtype) || actual.rank() != promised.rank())
    complain();
  for (std::size_t i = 0; i < actual.shape.size(); ++i) {
    if (promised.shape[i].is_constant() && promised.shape[i] != actual.shape[i]) complain();
  }
}

}  // namespace

/// Inference with the shapes, and the values, that an evaluation has at hand. Element types are the
/// declared ones.
class Evaluator::Infer final : public ir::FunctionInfer {
 public:
  Infer(const ir::Function& f, OpId op, const Evaluator& values)
      : FunctionInfer(f, op), values_(values) {
    for (const ValueId v : f.op(op).operands) {
      if (!v || types_.contains(v)) continue;
      const Tensor* t = constant(v);
      types_.emplace(v, t != nullptr ? concrete_type(f.type(v), *t) : f.type(v));
    }
  }

  const Type& type(ValueId v) const override {
    const auto it = types_.find(v);
    return it != types_.end() ? it->second : f_.type(v);
  }
  const Tensor* constant(ValueId v) const override {
    return v && f_.type(v).kind != TypeKind::state ? values_.find(v) : nullptr;
  }

 private:
  const ir::Dims* computed(ValueId) const override { return nullptr; }  // they are all here
  const Evaluator& values_;
  std::map<ValueId, Type> types_;
};

class Evaluator::Context final : public ir::EvalContext {
 public:
  Context(Evaluator& e, OpId op, const Types& types) : e_(e), op_(op), types_(types) {}
  const Tensor& tensor(ValueId v) const override {
    const Tensor* t = e_.find(v);
    CC_CHECK(t != nullptr, cat(e_.f_.op(op_).schema->name, " reads a value that was not computed"));
    return *t;
  }
  const Type& result_type(std::size_t index) const override { return types_.at(index); }
  Result<Tensors> run_block(BlockId b, std::span<const Tensor> args) override {
    return e_.run_block(b, args);
  }
  Result<Tensor> read_state(ValueId v) override { return e_.around_.read_state(v); }
  Status write_state(ValueId v, const Tensor& value) override {
    return e_.around_.write_state(v, value);
  }

 private:
  Evaluator& e_;
  OpId op_;
  const Types& types_;
};

const Tensor* Evaluator::find(ValueId v) const {
  if (!v) return nullptr;
  for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
    if (const auto it = frame->find(v); it != frame->end()) return &it->second;
  }
  return around_.find(v);
}

Result<Tensors> Evaluator::run_op(OpId id) {
  const OpData& op = f_.op(id);
  Infer infer(f_, id, *this);
  auto types = op.schema->infer(op, infer);
  if (!types) return around_.located(std::move(types).error(), id);
  CC_CHECK(types->size() == op.results.size(),
           cat(op.schema->name, " infers another number of results"));
  for (Type& t : *types) t.dtype = around_.storage(t.dtype);
  Context context(*this, id, *types);
  auto results = op.schema->eval(op, context);
  if (!results) return around_.located(std::move(results).error(), id);
  CC_CHECK(results->size() == types->size(),
           cat(op.schema->name, " gives another number of results"));
  for (std::size_t i = 0; i < types->size(); ++i) {
    const ir::DType declared = f_.type(op.results[i]).dtype;
    check_result(op, i, (*types)[i], (*results)[i], around_.storage(declared) == declared);
    (*results)[i] = around_.keep(op.results[i], std::move((*results)[i]));
  }
  return results;
}

Result<Tensors> Evaluator::run_block(BlockId b, std::span<const Tensor> args) {
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
    for (std::size_t i = 0; i < results.size(); ++i)
      frames_.back().insert_or_assign(op.results[i], std::move(results[i]));
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

OpId Evaluator::reader_in(BlockId b, const ir::Use& use) const {
  BlockId at = use.op ? f_.op(use.op).block : use.block;
  OpId reader = use.op;
  while (at != b) {
    reader = f_.block(at).parent;
    if (!reader) return OpId();
    at = f_.op(reader).block;
  }
  return reader;
}

void Evaluator::find_deaths(BlockId b) {
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

const std::vector<ValueId>& Evaluator::dying_at(BlockId b, OpId op) {
  static const std::vector<ValueId> none;
  if (deaths_.find(b) == deaths_.end()) find_deaths(b);
  const auto& deaths = deaths_.at(b);
  const auto it = deaths.find(op);
  return it == deaths.end() ? none : it->second;
}

}  // namespace corecast::ops
