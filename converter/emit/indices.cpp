#include "converter/emit/indices.h"

namespace corecast::emit {
namespace {

using ir::Interval;

bool non_negative(Emit& e, ValueId v, int depth) {
  if (!v || depth == 0) return false;
  if (!ir::is_signed(e.dtype(v))) return true;
  if (const auto known = e.known(v)) {
    for (const Dim& d : *known) {
      const auto low = d.lower_bound();
      if (!low || *low < 0) return false;
    }
    return true;
  }
  const ir::Function& f = e.function();
  if (f.value(v).kind != ir::ValueKind::op_result) return false;
  const ir::OpData& op = f.op(f.def(v));
  if (!op.schema->traits.looks_through(ir::Walk::sign) || !op.schema->bounds) return false;
  // Small numbers stand for all that are not negative: what counts elements does not overflow.
  const ir::IntervalOf of = [&](ValueId operand) {
    const bool counts = ir::is_integer(e.dtype(operand)) && non_negative(e, operand, depth - 1);
    return counts ? Interval{0, 1} : Interval();
  };
  return op.schema->bounds(op, {f, of, f.value(v).index}).lo >= 0;
}

}  // namespace

bool never_negative(Emit& e, ValueId v) { return non_negative(e, v, 8); }

}  // namespace corecast::emit
