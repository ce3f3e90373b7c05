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

std::vector<OpId> cancellations(const Function& f) {
  std::vector<OpId> found;
  for_each_op(f, [&](OpId id) {
    if (!f.is(id, OpKind::Sub) && !f.is(id, OpKind::Add)) return;
    const auto& operands = f.op(id).operands;
    for (std::size_t i = 0; i < 2; ++i) {
      const OpId function = f.def(operands[i]);
      if (!function || !is_flat_somewhere(f, function)) continue;
      const auto number = uniform_constant(f, operands[1 - i]);
      if (!number || *number == 0 || (f.is(id, OpKind::Add) && *number > 0)) continue;
      found.push_back(id);
      OpId back = function;
      for (int step = 0; step < 3 && back && ir::is_floating(f.type(f.op(back).results[0]).dtype);
           ++step) {
        found.push_back(back);
        const auto& from = f.op(back).operands;
        if (!f.op(back).schema->traits.elementwise || from.empty()) break;
        back = f.is_constant(from[0]) && from.size() > 1 ? f.def(from[1]) : f.def(from[0]);
      }
    }
  });
  return found;
}

}  // namespace corecast::passes::precision
