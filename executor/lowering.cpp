#include "executor/lowering.h"

#include "executor/cpu/kernels/kernels.h"
#include "executor/cpu/kernels/layout.h"
#include "executor/reference.h"

namespace corecast::executor {

using ir::DType;
using ir::OpId;
using ir::Tensor;
using ir::ValueId;

std::optional<std::vector<std::int64_t>> Lowering::shape(ValueId v) const {
  const ir::Type& t = program_.types.type(v);
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
  return v && (model_.f.is_constant(v) || model_.folded.contains(v.raw));
}

bool Lowering::is_constant(ValueId v) const {
  return v && (later_.contains(v.raw) || program_.types.constant(v) != nullptr);
}

const Tensor* Lowering::constant(ValueId v) {
  if (!v) return nullptr;
  if (model_.f.is_constant(v)) return &model_.constant(v);
  const auto later = later_.find(v.raw);
  if (later == later_.end()) return program_.types.constant(v);
  Derived& derived = model_.folded[v.raw];
  if (const Tensor* t = derived.get()) return t;
  const OpId op = later->second;
  for (const ValueId operand : model_.f.op(op).operands)
    if (operand && !program_.types.constant(operand))
      program_.types.set_constant(operand, std::make_shared<const Tensor>(*constant(operand)));
  auto results =
      evaluate_constants(model_, program_.types, op, model_.f.op(op).schema->traits.constexpr_op);
  if (results) return &derived.put(std::move((*results)[0]));
  if (status_) status_ = std::move(results).error();
  return &derived.put(Tensor::zeros(dtype(v), dims(v)));  // nobody will run it
}

std::optional<std::vector<std::int64_t>> Lowering::ints(ValueId v) {
  if (const Tensor* t = constant(v)) {
    if (ir::is_floating(t->dtype()) || t->dtype() == DType::string) return std::nullopt;
    return t->to_ints();
  }
  const auto known = v ? program_.types.known(v) : std::nullopt;
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

bool Lowering::has_plain(ValueId v) const { return static_cast<bool>(program_.plain[v.index()]); }
bool Lowering::has_blocked(ValueId v) const {
  return static_cast<bool>(program_.blocked[v.index()]);
}

SlotId Lowering::new_slot(ValueId v, Layout layout, Where where) {
  Slot s;
  s.value = v;
  s.layout = layout;
  s.where = where;
  if (v) {
    s.dtype = dtype(v);
    const auto d = shape(v);
    s.shaped = d.has_value();
    if (d) {
      s.dims = *d;
      const std::int64_t n = layout == Layout::blocked ? cpu::blocked_count(*d) : count(v);
      s.bytes =
          s.dtype == DType::string ? 0 : static_cast<std::int64_t>(*ir::packed_bytes(s.dtype, n));
    }
  }
  const SlotId id(static_cast<std::uint32_t>(program_.slots.size()));
  program_.slots.push_back(std::move(s));
  if (v) (layout == Layout::blocked ? program_.blocked : program_.plain)[v.index()] = id;
  return id;
}

SlotId Lowering::plain(ValueId v) {
  if (has_plain(v)) return program_.plain[v.index()];
  if (const Tensor* t = constant(v)) {
    const SlotId s = new_slot(v, Layout::plain, Where::constant);
    program_.slot(s).constant = *t;
    return s;
  }
  CC_CHECK(has_blocked(v), "value was not made");
  const SlotId from = program_.blocked[v.index()];
  const SlotId to = new_slot(v, Layout::plain, Where::arena);
  step("unblock", {from}, {to}, [=, d = dims(v)](Frame& f) {
    cpu::unblock(f.pool(), f.f32(from), d, f.f32(to));
    return Status();
  });
  program_.steps.back().rounds.clear();
  return to;
}

SlotId Lowering::blocked(ValueId v) {
  if (has_blocked(v)) return program_.blocked[v.index()];
  const SlotId from = plain(v);
  const SlotId to = new_slot(v, Layout::blocked, Where::arena);
  step("block", {from}, {to}, [=, d = dims(v)](Frame& f) {
    cpu::block(f.pool(), f.f32(from), d, f.f32(to));
    return Status();
  });
  program_.steps.back().rounds.clear();
  return to;
}

SlotId Lowering::make(ValueId v, Layout layout) { return new_slot(v, layout, Where::arena); }

void Lowering::view(ValueId v, SlotId of) {
  const SlotId s = new_slot(v, Layout::plain, Where::view);
  CC_CHECK(program_.slot(s).bytes == program_.slot(of).bytes, "a view of another size");
  program_.slot(s).root = of;
}

void Lowering::fold(ValueId v, std::shared_ptr<const Tensor> t) {
  program_.types.set_constant(v, std::move(t));
}

void Lowering::fold_later(ValueId v) {
  later_[v.raw] = op_;
  model_.folded.try_emplace(v.raw);
}

SlotId Lowering::workspace(std::int64_t bytes) {
  const SlotId s = new_slot({}, Layout::plain, Where::arena);
  program_.slot(s).bytes = bytes;
  return s;
}

bool Lowering::step(std::string kernel, std::vector<SlotId> reads, std::vector<SlotId> writes,
                    StepFn run, SlotId in_place) {
  Step s;
  s.op = op_;
  s.kernel = std::move(kernel);
  s.run = std::move(run);
  for (const SlotId w : writes) {
    const Slot& slot = program_.slot(w);
    if (slot.value && slot.dtype == DType::f32 && rounds(slot.value)) s.rounds.push_back(w);
  }
  s.reads = std::move(reads);
  s.writes = std::move(writes);
  s.in_place = in_place;
  program_.steps.push_back(std::move(s));
  return true;
}

OpId Lowering::only_user(ValueId v) const {
  if (!fuse_) return {};
  const auto& uses = model_.f.value(v).uses;
  if (uses.size() != 1 || !uses[0].op) return {};
  const OpId user = uses[0].op;
  // A use inside a nested block is not in this schedule.
  return model_.f.op(user).block == model_.f.entry() && !absorbed_.contains(user) ? user : OpId();
}

}  // namespace corecast::executor
