#include "executor/specialise.h"

#include <algorithm>

#include "executor/arena.h"
#include "executor/reference.h"

namespace corecast::executor {

using ir::OpData;
using ir::OpId;
using ir::Tensor;
using ir::ValueId;

namespace {

/// Folds the op when its results are the same for these input shapes: all operands are constants,
/// or it is shape arithmetic with a known answer. True when it needs no step.
Result<bool> try_fold(Model& model, Program& program, Lowering& l, OpId op) {
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
    all = all && program.types.constant(v) != nullptr;
    for_all_shapes = for_all_shapes && l.constant_for_all(v);
  }
  if (!all) return false;
  std::vector<std::shared_ptr<const Tensor>> found;
  if (for_all_shapes)
    for (const ValueId r : d.results)
      if (const auto it = model.folded.find(r.raw); it != model.folded.end())
        found.push_back(it->second);
  if (found.size() != d.results.size()) {
    found.clear();
    TRY(ir::Tensors results,
        evaluate_constants(model, program.types, op, d.schema->traits.constexpr_op));
    for (Tensor& t : results) found.push_back(std::make_shared<const Tensor>(std::move(t)));
    if (for_all_shapes)
      for (std::size_t i = 0; i < found.size(); ++i) model.folded[d.results[i].raw] = found[i];
  }
  for (std::size_t i = 0; i < found.size(); ++i) l.fold(d.results[i], found[i]);
  return true;
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
  for (const ValueId r : d.results) writes.push_back(l.new_slot(r, Layout::plain, Where::heap));
  l.step("reference", std::move(reads), writes, [&model, op, writes](Frame& frame) -> Status {
    TRY(ir::Tensors results, evaluate(model, frame, op));
    for (std::size_t i = 0; i < results.size(); ++i) {
      const Slot& slot = frame.program().slot(writes[i]);
      if (slot.shaped && results[i].dims() != slot.dims)
        return ir::eval_error(model.f.op(op).schema->name, ": result ", i,
                              " has another shape than inferred");
      frame.set(writes[i], std::move(results[i]));
    }
    return {};
  });
}

/// Lifetimes, in-place reuse, arena offsets, release points.
void place(Program& p) {
  p.views.assign(p.slots.size(), {});
  for (std::uint32_t i = 0; i < p.slots.size(); ++i)
    if (p.slots[i].where == Where::view) p.views[p.root_of(SlotId(i)).index()].push_back(SlotId(i));

  const auto steps = static_cast<std::int32_t>(p.steps.size());
  std::vector<Lifetime> life(p.slots.size(), Lifetime{0, steps, -1});
  auto touch = [&](SlotId s, std::int32_t at) {
    Lifetime& l = life[p.root_of(s).index()];
    l.first = std::min(l.first, at);
    l.last = std::max(l.last, at);
  };
  for (std::int32_t i = 0; i < steps; ++i) {
    for (const SlotId s : p.steps[static_cast<std::size_t>(i)].reads) touch(s, i);
    for (const SlotId s : p.steps[static_cast<std::size_t>(i)].writes) touch(s, i);
  }
  for (const SlotId s : p.outputs) touch(s, steps);

  // In place: the output takes over the bytes of an input that dies here.
  for (std::int32_t i = 0; i < steps; ++i) {
    Step& step = p.steps[static_cast<std::size_t>(i)];
    if (!step.in_place || step.writes.empty()) continue;
    const SlotId from = p.root_of(step.in_place);
    const SlotId to = step.writes[0];
    const Slot& a = p.slot(from);
    const Slot& b = p.slot(to);
    if (a.where != Where::arena || b.where != Where::arena || a.bytes != b.bytes) continue;
    if (life[from.index()].last != i) continue;
    // Read in another role too (conv(x) + x): then the output must not touch it.
    if (std::count_if(step.reads.begin(), step.reads.end(),
                      [&](SlotId s) { return p.root_of(s) == from; }) != 1)
      continue;
    // `to` becomes a view, and with it everything that was a view of `to`.
    p.slot(to).where = Where::view;
    p.slot(to).root = from;
    life[from.index()].last = life[to.index()].last;
    p.views[from.index()].push_back(to);
    auto& moved = p.views[to.index()];
    p.views[from.index()].insert(p.views[from.index()].end(), moved.begin(), moved.end());
    moved.clear();
  }

  std::vector<Lifetime> arena;
  std::vector<std::size_t> owner;
  for (std::size_t i = 0; i < p.slots.size(); ++i) {
    if (p.slots[i].where != Where::arena || life[i].last < 0) continue;
    life[i].bytes = p.slots[i].bytes;
    arena.push_back(life[i]);
    owner.push_back(i);
  }
  const ArenaLayout layout = plan_arena(arena);
  for (std::size_t i = 0; i < owner.size(); ++i) p.slots[owner[i]].offset = layout.offsets[i];
  p.arena_bytes = layout.bytes;
  p.live_bytes = layout.live;
  for (std::size_t i = 0; i < p.slots.size(); ++i)
    if (p.slots[i].where == Where::heap && life[i].last >= 0 && life[i].last < steps)
      p.steps[static_cast<std::size_t>(life[i].last)].release.push_back(
          SlotId(static_cast<std::uint32_t>(i)));
}

Status lower_op(Model& model, Program& program, Lowering& l, OpId op) {
  l.set_op(op);
  if (l.is_absorbed(op)) return {};
  TRY(const bool folded, try_fold(model, program, l, op));
  if (folded) return {};
  if (!model.options.reference_only && is_shaped(model, l, op)) {
    const Maker maker = maker_of(model.f.op(op).schema->kind);
    if (maker && maker(l)) return {};
  }
  add_reference_step(model, l, op);
  return {};
}

}  // namespace

Result<std::unique_ptr<Program>> specialise(Model& model,
                                            const std::vector<std::vector<std::int64_t>>& arg_dims,
                                            bool observed) {
  const ir::Function& f = model.f;
  auto program = std::make_unique<Program>(f);
  program->plain.assign(f.value_capacity(), SlotId());
  program->blocked.assign(f.value_capacity(), SlotId());
  Lowering l(model, *program, !observed);

  const auto& args = f.block(f.entry()).args;
  for (std::size_t i = 0; i < args.size(); ++i) {
    ir::Type type = f.type(args[i]);
    if (type.kind == ir::TypeKind::state) continue;
    type.shape = ir::make_shape(arg_dims[i]);
    program->types.set(args[i], std::move(type));
    program->inputs.emplace_back(l.new_slot(args[i], Layout::plain, Where::input), i);
  }
  // Types first, so that a maker may look at the ops after its own.
  for (const OpId op : f.ops(f.entry())) {
    auto inferred = program->types.infer(op);
    if (!inferred) {
      Error e = std::move(inferred).error();
      if (e.where.op.empty()) e.where.op = f.op(op).schema->name;
      return std::move(e).in("specialising to the input shapes");
    }
  }
  for (const OpId op : f.ops(f.entry())) TRY_VOID(lower_op(model, *program, l, op));
  for (const ValueId v : f.block(f.entry()).results) program->outputs.push_back(l.plain(v));
  place(*program);
  return program;
}

}  // namespace corecast::executor
