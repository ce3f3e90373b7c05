#include "executor/lowering.h"

#include <algorithm>

#include "executor/reference.h"

namespace corecast::executor {

using ir::DType;
using ir::OpId;
using ir::Tensor;
using ir::ValueId;

std::optional<std::vector<std::int64_t>> Lowering::shape(ValueId v) const {
  const ir::Type& t = s_.program.types.type(v);
  if (!t.is_tensor() || !t.is_static()) return std::nullopt;
  return ir::static_dims(t.shape);
}

std::vector<std::int64_t> Lowering::dims(ValueId v) const {
  auto s = shape(v);
  CC_CHECK(s.has_value(), "shape depends on data");
  return *s;
}

std::int64_t Lowering::count(ValueId v) const {
  std::int64_t n = 1;
  for (const auto d : dims(v)) n *= d;
  return n;
}

bool Lowering::constant_for_all(ValueId v) const {
  return v && (f().is_constant(v) || s_.model.folded.contains(v.raw));
}

bool Lowering::is_constant(ValueId v) const {
  return v && (s_.later.contains(v.raw) || s_.program.types.constant(v) != nullptr);
}

const Tensor* Lowering::constant(ValueId v) {
  if (!v) return nullptr;
  Model& model = s_.model;
  ConcreteTypes& types = s_.program.types;
  if (model.f.is_constant(v)) return &model.constant(v);
  const auto later = s_.later.find(v.raw);
  if (later == s_.later.end()) return types.constant(v);
  Derived& derived = model.folded[v.raw];
  if (const Tensor* t = derived.get()) return t;
  const OpId op = later->second;
  for (const ValueId operand : model.f.op(op).operands)
    if (operand && !types.constant(operand))
      types.set_constant(operand, std::make_shared<const Tensor>(*constant(operand)));
  auto results = evaluate_constants(model, types, op, model.f.op(op).schema->traits.constexpr_op);
  if (results) return &derived.put(std::move((*results)[0]));
  if (s_.status) s_.status = std::move(results).error();
  return &derived.put(Tensor::zeros(dtype(v), dims(v)));  // nobody will run it
}

std::optional<std::vector<std::int64_t>> Lowering::ints(ValueId v) {
  if (const Tensor* t = constant(v)) {
    if (ir::is_floating(t->dtype()) || t->dtype() == DType::string) return std::nullopt;
    return t->to_ints();
  }
  const auto known = v ? s_.program.types.known(v) : std::nullopt;
  if (!known) return std::nullopt;
  std::vector<std::int64_t> out;
  for (const auto& d : *known) {
    if (!d.is_constant()) return std::nullopt;
    out.push_back(d.value());
  }
  return out;
}

std::optional<double> Lowering::scalar(ValueId v) {
  const Tensor* t = constant(v);
  if (!t || t->count() != 1 || t->dtype() == DType::string) return std::nullopt;
  return t->at(0);
}

SlotId Lowering::find(ValueId v, const Layout& layout) const {
  if (&layout == &kPlain) return s_.program.plain[v.index()];
  const auto slots = s_.program.others.find(v.raw);
  if (slots == s_.program.others.end()) return {};
  for (const SlotId s : slots->second)
    if (slot(s).layout == &layout) return s;
  return {};
}

bool Lowering::is_made(ValueId v) const {
  return has(v, kPlain) || s_.program.others.contains(v.raw);
}

SlotId Lowering::new_slot(ValueId v, const Layout& layout, Where where) {
  Slot s;
  s.value = v;
  s.layout = &layout;
  s.where = where;
  if (v) {
    s.dtype = dtype(v);
    const auto d = shape(v);
    s.shaped = d.has_value();
    if (d) {
      s.dims = *d;
      s.bytes = layout.bytes(s.dtype, s.dims);
    }
  }
  const SlotId id(static_cast<std::uint32_t>(s_.program.slots.size()));
  s_.program.slots.push_back(std::move(s));
  if (v && &layout == &kPlain) s_.program.plain[v.index()] = id;
  if (v && &layout != &kPlain) s_.program.others[v.raw].push_back(id);
  return id;
}

/// Between the layouts of two engines there is always kPlain.
SlotId Lowering::converted(SlotId from, ValueId v, const Layout& layout) {
  const SlotId to = new_slot(v, layout, Where::arena);
  Engine* const asked = s_.engine;
  const bool done =
      std::any_of(s_.model.engines.begin(), s_.model.engines.end(), [&](const auto& engine) {
        s_.engine = engine.get();
        return engine->convert(*this, from, to);
      });
  s_.engine = asked;
  CC_CHECK(done, "no engine converts to this layout");
  s_.program.steps.back().rounds.clear();  // the value was rounded where it was made
  return to;
}

SlotId Lowering::in(ValueId v, const Layout& layout) {
  if (const SlotId s = find(v, layout)) return s;
  if (&layout != &kPlain) return converted(plain(v), v, layout);
  if (const Tensor* t = constant(v)) {
    const SlotId s = new_slot(v, kPlain, Where::constant);
    s_.program.slot(s).constant = *t;
    return s;
  }
  CC_CHECK(is_made(v), "value was not made");
  return converted(s_.program.others.at(v.raw).front(), v, kPlain);
}

SlotId Lowering::make(ValueId v, const Layout& layout) { return new_slot(v, layout, Where::arena); }

void Lowering::view(ValueId v, SlotId of) {
  const SlotId s = new_slot(v, kPlain, Where::view);
  CC_CHECK(slot(s).bytes == slot(of).bytes, "a view of another size");
  s_.program.slot(s).root = of;
}

void Lowering::fold(ValueId v, std::shared_ptr<const Tensor> t) {
  s_.program.types.set_constant(v, std::move(t));
}

void Lowering::fold_later(ValueId v) {
  s_.later[v.raw] = op();
  s_.model.folded.try_emplace(v.raw);
}

SlotId Lowering::workspace(std::int64_t bytes) {
  const SlotId s = new_slot({}, kPlain, Where::arena);
  s_.program.slot(s).bytes = bytes;
  return s;
}

bool Lowering::add(KernelId kernel, Arguments arguments, std::vector<SlotId> reads,
                   std::vector<SlotId> writes, SlotId in_place) {
  Step step;
  step.op = op();
  step.engine = s_.engine;
  step.kernel = kernel;
  step.arguments = std::move(arguments);
  for (const SlotId w : writes) {
    const Slot& made = slot(w);
    if (made.value && made.where != Where::heap && made.dtype == DType::f32 && rounds(made.value))
      step.rounds.push_back(w);
  }
  step.reads = std::move(reads);
  step.writes = std::move(writes);
  step.in_place = in_place;
  s_.program.steps.push_back(std::move(step));
  return true;
}

OpId Lowering::only_user(ValueId v) const {
  if (!s_.fuse) return {};
  const auto& uses = f().value(v).uses;
  if (uses.size() != 1 || !uses[0].op) return {};
  const OpId user = uses[0].op;
  // A use inside a nested block is not in this schedule.
  return f().op(user).block == f().entry() && !s_.absorbed.contains(user) ? user : OpId();
}

}  // namespace corecast::executor
