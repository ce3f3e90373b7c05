#include "passes/precision/differences.h"

#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_binary.h"
#include "passes/pattern.h"

namespace corecast::passes::precision {

using ir::Function;
using ir::OpId;
using ir::OpKind;
using ir::ValueId;

namespace {

bool rounds(const Function& f, OpId def) {
  for (const OpKind kind : {OpKind::Floor, OpKind::Ceil, OpKind::Round}) {
    if (f.is(def, kind)) return true;
  }
  const auto back = f.get_if<op::Cast>(def);  // to a whole number, and back
  return back && ir::is_integer(f.type(back->x).dtype);
}

/// Whether v is rounded, or a constant times what is.
bool is_rounded(const Function& f, ValueId v) {
  for (int step = 0; step < 3 && v && f.def(v); ++step) {
    const OpId def = f.def(v);
    if (rounds(f, def)) return true;
    if (!f.is(def, OpKind::Mul) && !f.is(def, OpKind::RealDiv)) return false;
    const auto& operands = f.op(def).operands;
    v = f.is_constant(operands[0]) ? operands[1] : operands[0];
    if (!f.is_constant(operands[0]) && !f.is_constant(operands[1])) return false;
  }
  return false;
}

bool sums(const Function& f, OpId def) {
  for (const OpKind kind : {OpKind::ReduceSum, OpKind::ReduceMean, OpKind::Cumsum}) {
    if (f.is(def, kind)) return true;
  }
  return false;
}

/// Has its extreme, or its steepest bend, where it is next to a constant.
bool is_flat_somewhere(const Function& f, OpId def) {
  return f.is(def, OpKind::Cos) || f.is(def, OpKind::Cosh) || f.is(def, OpKind::Sqrt);
}

}  // namespace

bool is_fraction(const Function& f, OpId op) {
  if (f.is(op, OpKind::Mod)) return true;
  const auto sub = f.get_if<op::Sub>(op);
  return sub && (is_rounded(f, sub->y) || is_rounded(f, sub->x));
}

namespace {

/// Calls visit(op) for what v is computed from, through elementwise ops and sums, so many steps
/// back.
template <class Visit>
void back_from(const Function& f, ValueId v, int steps, const Visit& visit) {
  const OpId def = v ? f.def(v) : OpId();
  if (!def || steps == 0 || !f.type(v).is_tensor() || !ir::is_floating(f.type(v).dtype)) return;
  const ir::OpData& op = f.op(def);
  const ir::OpTraits& traits = op.schema->traits;
  const bool weights = f.is(def, OpKind::Softmax);  // next to 1 in sum, as far as they have digits
  if (!op.blocks.empty() || (!traits.elementwise && !sums(f, def) && !weights)) return;
  visit(def);
  if (weights) return;
  for (const ValueId o : op.operands) back_from(f, o, steps - 1, visit);
}

bool is_from_sum(const Function& f, ValueId v) {
  bool found = false;
  back_from(f, v, 3, [&](OpId id) { found = found || sums(f, id); });
  return found;
}

/// v, or what a number is a factor of in it.
ValueId without_factor(const Function& f, ValueId v) {
  const OpId def = f.def(v);
  if (!def || (!f.is(def, OpKind::Mul) && !f.is(def, OpKind::RealDiv))) return v;
  const auto& operands = f.op(def).operands;
  if (f.is_constant(operands[1])) return operands[0];
  return f.is_constant(operands[0]) && f.is(def, OpKind::Mul) ? operands[1] : v;
}

/// A second moment less the square of the first.
bool is_moment(const Function& f, OpId id) {
  const auto sub = f.get_if<op::Sub>(id);
  if (!sub) return false;
  const OpId square = f.def(without_factor(f, sub->y));
  return square && f.is(square, OpKind::Square) && is_from_sum(f, sub->x) &&
         is_from_sum(f, f.op(square).operands[0]);
}

/// A number less a function that is flat next to it, or the other way round.
bool is_from_extreme(const Function& f, OpId id) {
  if (!f.is(id, OpKind::Sub) && !f.is(id, OpKind::Add)) return false;
  const auto& operands = f.op(id).operands;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto number = uniform_constant(f, operands[1 - i]);
    if (!number || *number == 0 || (f.is(id, OpKind::Add) && *number > 0)) continue;
    if (f.def(operands[i]) && is_flat_somewhere(f, f.def(operands[i]))) return true;
  }
  return false;
}

}  // namespace

std::vector<OpId> cancellations(const Function& f) {
  std::vector<OpId> found;
  const auto keep = [&](OpId id) { found.push_back(id); };
  for_each_op(f, [&](OpId id) {
    const int steps = is_moment(f, id) ? 6 : is_from_extreme(f, id) ? 4 : 0;
    if (steps > 0) back_from(f, f.op(id).results[0], steps, keep);
  });
  return found;
}

}  // namespace corecast::passes::precision
