#include "executor/specialize.h"

#include <unistd.h>

#include <algorithm>

#include "executor/reference.h"

namespace corecast::executor {

using ir::OpData;
using ir::OpId;
using ir::Tensor;
using ir::ValueId;

namespace {

/// Folds the op when its results are the same for these input shapes: all operands are constants,
/// or it is shape arithmetic with a known answer. True when it needs no step.
Result<bool> try_fold(Model& model, Program& program, Lowering& l, OpId op, bool observed) {
  const OpData& d = model.f.op(op);
  if (!d.schema->traits.pure || !d.blocks.empty()) return false;
  for (const ValueId r : d.results)
    if (!model.f.type(r).is_tensor()) return false;

  if (d.results.size() == 1 && !ir::is_floating(model.f.type(d.results[0]).dtype)) {
    const ValueId r = d.results[0];
    const auto shape = l.shape(r);
    if (const auto values = l.ints(r); values && shape && !l.constant(r)) {
      Tensor t = Tensor::empty(l.dtype(r), *shape);
      if (t.count() == static_cast<std::int64_t>(values->size())) {
        for (std::int64_t i = 0; i < t.count(); ++i)
          t.set_int(i, (*values)[static_cast<std::size_t>(i)]);
        l.fold(r, std::make_shared<const Tensor>(std::move(t)));
        return true;
      }
    }
  }

  bool all = !d.operands.empty();
  bool for_all_shapes = true;
  for (const ValueId v : d.operands) {
    if (!v) continue;
    all = all && l.is_constant(v);
    for_all_shapes = for_all_shapes && l.constant_for_all(v);
  }
  if (!all) return false;
  if (for_all_shapes && !observed && d.results.size() == 1 && l.shape(d.results[0])) {
    l.fold_later(d.results[0]);  // a packed weight may never be needed unpacked again
    return true;
  }
  for (const ValueId v : d.operands)
    if (v && !program.types.constant(v)) l.fold(v, std::make_shared<const Tensor>(*l.constant(v)));
  ir::Tensors results;
  if (for_all_shapes)
    for (const ValueId r : d.results)
      if (const Tensor* t = model.folded[r.raw].get()) results.push_back(*t);
  if (results.size() != d.results.size()) {
    TRY(results, evaluate_constants(model, program.types, op, d.schema->traits.constexpr_op));
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (for_all_shapes) model.folded[d.results[i].raw].put(results[i]);
    l.fold(d.results[i], std::make_shared<const Tensor>(std::move(results[i])));
  }
  return true;
}

Status check_memory(std::int64_t bytes, std::string_view what) {
  const long pages = ::sysconf(_SC_PHYS_PAGES), size = ::sysconf(_SC_PAGESIZE);
  const std::int64_t all = pages > 0 && size > 0 ? std::int64_t{pages} * size : INT64_MAX;
  if (bytes <= all) return {};
  return Error(Code::E5001,
               cat(what, " would take ", bytes >> 20, " MiB; this machine has ", all >> 20, " MiB"),
               "run with smaller inputs");
}

/// Sizes that cannot be are refused before anything multiplies them again.
Status check_size(const Model& model, const Lowering& l, ValueId v) {
  constexpr std::int64_t kMost = std::int64_t{1} << 42;  // elements; blocked layouts add to them
  const auto dims = l.shape(v);
  if (!dims) return {};
  std::int64_t count = 1;  // with 1 for 0: strides are products of the other dims
  bool empty = false;
  for (const std::int64_t d : *dims) {
    if (d < 0) return ir::eval_error("a result has the size ", d);
    empty = empty || d == 0;
    count = count > kMost / std::max<std::int64_t>(d, 1) ? kMost + 1
                                                         : count * std::max<std::int64_t>(d, 1);
  }
  Status status;
  if (count > kMost)
    status = Error(Code::E5001, "a value has more than 2^42 elements");
  else if (!empty)
    status = check_memory(ir::bits_of(l.dtype(v)) * count / 8, "a value");
  if (status) return status;
  Error e = std::move(status).error();
  e.where.node = model.f.value(v).name;
  return e;
}

/// Every operand and result has a shape, and is a tensor.
bool is_shaped(const Model& model, const Lowering& l, OpId op) {
  const OpData& d = model.f.op(op);
  auto shaped = [&](ValueId v) { return !v || l.shape(v).has_value(); };
  return std::all_of(d.operands.begin(), d.operands.end(), shaped) &&
         std::all_of(d.results.begin(), d.results.end(), shaped);
}

void add_reference_step(Model& model, Lowering& l, OpId op) {
  const OpData& d = model.f.op(op);
  std::vector<SlotId> reads;
  auto read = [&](ValueId v) {
    if (v && model.f.type(v).kind != ir::TypeKind::state) reads.push_back(l.plain(v));
  };
  for (const ValueId v : d.operands) read(v);
  for (const ValueId v : captured_values(model.f, op)) read(v);
  std::vector<SlotId> writes;
  for (const ValueId r : d.results) writes.push_back(l.new_slot(r, kPlain, Where::heap));
  l.add({}, {}, std::move(reads), std::move(writes));
}

Status lower_op(Lowering::State& state, OpId op, bool observed) {
  Model& model = state.model;
  Lowering l(state);
  state.op = op;
  if (state.absorbed.contains(op)) return {};
  TRY(const bool folded, try_fold(model, state.program, l, op, observed));
  if (folded) return {};
  if (!model.options.reference_only && is_shaped(model, l, op))
    for (const auto& engine : model.engines) {
      state.engine = engine.get();
      if (engine->lower(l)) return {};
    }
  state.engine = nullptr;
  add_reference_step(model, l, op);
  return {};
}

}  // namespace

Result<std::unique_ptr<Program>> specialize(Model& model,
                                            const std::vector<std::vector<std::int64_t>>& arg_dims,
                                            bool observed) {
  const ir::Function& f = model.f;
  auto program = std::make_unique<Program>(f);
  program->plain.assign(f.value_capacity(), SlotId());
  Lowering::State state{.model = model, .program = *program, .fuse = !observed};
  Lowering l(state);

  const auto& args = f.block(f.entry()).args;
  for (std::size_t i = 0; i < args.size(); ++i) {
    ir::Type type = f.type(args[i]);
    if (type.kind == ir::TypeKind::state) continue;
    type.shape = ir::make_shape(arg_dims[i]);
    program->types.set(args[i], std::move(type));
    program->inputs.emplace_back(l.new_slot(args[i], kPlain, Where::input), i);
  }
  // Types first, so that a maker may look at the ops after its own.
  for (const OpId op : f.ops(f.entry())) {
    auto inferred = program->types.infer(op);
    if (!inferred) {
      Error e = std::move(inferred).error();
      if (e.where.op.empty()) e.where.op = f.op(op).schema->name;
      return std::move(e).in("specialising to the input shapes");
    }
    for (const ValueId r : f.op(op).results) TRY_VOID(check_size(model, l, r));
  }
  for (const OpId op : f.ops(f.entry())) {
    TRY_VOID(lower_op(state, op, observed));
    TRY_VOID(state.status);
  }
  for (const ValueId v : f.block(f.entry()).results) program->outputs.push_back(l.plain(v));
  TRY_VOID(state.status);
  place(*program);
  TRY_VOID(check_memory(program->arena_bytes, "the model's intermediates"));
  if (!observed) program->types.forget_constants();
  model.let_go();
  return program;
}

}  // namespace corecast::executor
