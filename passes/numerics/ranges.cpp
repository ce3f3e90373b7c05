#include "passes/numerics/ranges.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "ops/control_flow/control_flow.h"
#include "ops/op_kind.h"
#include "passes/numerics/relations.h"

namespace corecast::passes::numerics {
namespace {

using ir::BlockId;
using ir::Interval;
using ir::OpId;
using ir::OpKind;
using ir::ValueId;

constexpr int kRounds = 4;  ///< of a loop, before what still grows is widened
constexpr unsigned kLoose = 2;

/// Ops that make whole numbers from whole numbers.
bool keeps_whole(const ir::OpSchema& schema) {
  if (moves_only(schema.traits.moves) || schema.traits.moves == ir::Moves::fills) return true;
  switch (schema.kind) {
    case OpKind::Add:
    case OpKind::Sub:
    case OpKind::Mul:
    case OpKind::Neg:
    case OpKind::Abs:
    case OpKind::Square:
    case OpKind::Sign:
    case OpKind::Mod:
    case OpKind::Cast:
    case OpKind::Clip:
    case OpKind::Relu:
    case OpKind::Range1d:
    case OpKind::Cumsum:
    case OpKind::ReduceSum:
    case OpKind::ReduceSumSquare:
    case OpKind::ReduceL1Norm:
    case OpKind::ReduceProd:
    case OpKind::Matmul:
    case OpKind::Linear:
    case OpKind::Conv:
    case OpKind::Einsum: return true;
    default: return false;
  }
}

bool makes_whole(OpKind kind) {
  return kind == OpKind::Floor || kind == OpKind::Ceil || kind == OpKind::Round;
}

bool is_number(const ir::Type& t) { return ir::class_of(t.dtype) != ir::DTypeClass::text; }

/// Everything that the type holds.
Known anything(const ir::Type& t) {
  const bool whole = !ir::is_floating(t.dtype);
  return {
      .range = is_number(t) ? ir::range_of(t.dtype) : Interval(), .loose = kLoose, .whole = whole};
}

}  // namespace

Ranges::Ranges(const ir::Function& f, const Assumptions& assumptions, const Stop& stop)
    : f_(f), assumptions_(assumptions), stop_(stop) {
  for (std::uint32_t i = 0; i < f.value_capacity(); ++i)
    known_.push_back(anything(f.type(ValueId(i))));
  constants();
  const auto& args = f.block(f.entry()).args;
  for (std::size_t i = 0; i < args.size(); ++i) {
    Known k{.range = assumptions.inputs.at(i), .inputs = input_bit(i)};
    k.whole = !ir::is_floating(f.type(args[i]).dtype);
    set(args[i], k);
  }
  walk(f.entry());
}

void Ranges::constants() {
  for (std::uint32_t i = 0; i < f_.value_capacity(); ++i) {
    const ir::Tensor* t = f_.constant(ValueId(i));
    if (!t || f_.value(ValueId(i)).uses.empty() || t->dtype() == ir::DType::string) continue;
    if (is_left_out(ValueId(i))) continue;
    if (stop_.requested()) return;
    known_[i] = without_sentinels(*t);
  }
}

void Ranges::set(ValueId v, const Known& known) { known_[v.index()] = known; }

void Ranges::walk(BlockId block) {
  for (const OpId id : f_.ops(block)) {
    if (stop_.requested()) return;
    if (f_.is(id, OpKind::WhileLoop)) {
      walk_loop(id);
    } else if (f_.is(id, OpKind::Cond)) {
      walk_branches(id);
    } else {
      for (std::size_t i = 0; i < f_.op(id).results.size(); ++i)
        set(f_.op(id).results[i], result_of(id, i));
    }
  }
}

bool Ranges::is_left_out(ValueId v) const {
  return assumptions_.integers_only && ir::is_floating(f_.type(v).dtype);
}

Known Ranges::result_of(OpId id, std::size_t result) {
  const ir::OpData& op = f_.op(id);
  const ValueId v = op.results[result];
  if (is_left_out(v)) return anything(f_.type(v));
  Known out;
  bool whole = true, any = false;
  std::uint64_t shared = 0;
  for (const ValueId operand : op.operands) {
    if (!operand) continue;
    const Known& k = of(operand);
    any = true;
    shared |= out.inputs & k.inputs;
    out.loose = std::max(out.loose, k.loose);
    out.measured = out.measured || k.measured;
    out.sentinels = out.sentinels || k.sentinels;
    out.inputs |= k.inputs;
    // The condition of a choice and the indices of a lookup are whole, which says nothing.
    const bool data = ir::is_floating(f_.type(operand).dtype);
    whole = whole && (k.whole || !data);
  }
  const auto& traits = op.schema->traits;
  const bool of_pairs = op.operands.size() > 1 && traits.accumulates == ir::Accumulates::sums;
  if (of_pairs || shared != 0) ++out.loose;
  // The largest of one is rarely over the smallest of the other.
  if (shared != 0 && op.schema->kind == OpKind::RealDiv) ++out.loose;
  out.range = ir::bounds_of_result(f_, id, result, [&](ValueId x) { return of(x).range; });
  const ir::DType dtype = f_.type(v).dtype;
  if (out.range.is_everything()) out.loose += kLoose;
  if (const auto related = result == 0 ? related_range(*this, id, out.range) : std::nullopt) {
    out.range = *related;
  }
  if (const auto plain = result == 0 ? without_sentinels(*this, id) : std::nullopt) {
    out.range = plain->range;
    out.sentinels = true;
  }
  out.whole = !ir::is_floating(dtype) || makes_whole(op.schema->kind) ||
              (any && whole && keeps_whole(*op.schema));
  if (ir::is_integer(dtype) && out.range == ir::range_of(dtype)) out.loose += kLoose;
  if (out.inputs == 0) return out;
  // What follows from a measured range is no better than one that was measured itself.
  const bool wants = out.loose >= kLoose || out.measured;
  if (ir::is_floating(dtype) && wants && assumptions_.measured) {
    if (const auto seen = assumptions_.measured(v, out.sentinels)) {
      out.range = *seen;
      out.loose = 1;
      out.measured = true;
    }
  }
  return out;
}

void Ranges::walk_branches(OpId id) {
  const auto op = *f_.get_if<op::Cond>(id);
  walk(op.true_);
  walk(op.false_);
  const auto &results = f_.op(id).results, &yes = f_.block(op.true_).results,
             &no = f_.block(op.false_).results;
  for (std::size_t i = 0; i < results.size(); ++i) set(results[i], join(of(yes[i]), of(no[i])));
}

/// Joins what a turn of the loop made into what it began with; whether anything changed.
bool Ranges::next_round(const std::vector<ValueId>& state, const std::vector<ValueId>& next,
                        bool widen) {
  bool changed = false;
  for (std::size_t i = 0; i < state.size(); ++i) {
    const Known before = of(state[i]);
    Known after = join(before, of(next[i]));
    if (after.range == before.range && after.inputs == before.inputs) continue;
    changed = true;
    if (widen) {
      const Known all = anything(f_.type(state[i]));
      if (after.range.lo < before.range.lo) after.range.lo = all.range.lo;
      if (after.range.hi > before.range.hi) after.range.hi = all.range.hi;
      after.loose = std::max(after.loose, kLoose);
    }
    set(state[i], after);
  }
  return changed;
}

void Ranges::walk_loop(OpId id) {
  const auto op = *f_.get_if<op::WhileLoop>(id);
  const auto &body = f_.block(op.body), &condition = f_.block(op.cond);
  for (std::size_t i = 0; i < body.args.size(); ++i) set(body.args[i], of(op.loop_vars[i]));
  for (int round = 0;; ++round) {
    for (std::size_t i = 0; i < body.args.size(); ++i) set(condition.args[i], of(body.args[i]));
    walk(op.cond);
    walk(op.body);
    if (!next_round(body.args, body.results, round >= kRounds) || round > 2 * kRounds) break;
  }
  const auto& results = f_.op(id).results;
  for (std::size_t i = 0; i < results.size(); ++i) set(results[i], of(body.args[i]));
}

}  // namespace corecast::passes::numerics
