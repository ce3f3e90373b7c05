#include "ir/cost.h"

#include "ir/function.h"

namespace corecast::ir {
namespace {

Dim bytes_of(const Type& t) {
  const Dim count = element_count(t.shape) * (t.kind == TypeKind::list ? t.length : Dim(1));
  const int bits = bits_of(t.dtype);
  return bits % 8 == 0 ? count * (bits / 8) : ceil_div(count * bits, 8);
}

}  // namespace

const Type& CostContext::type(ValueId v) const { return f_.type(v); }
Dim CostContext::result_count(std::size_t result) const { return count(op_.results.at(result)); }
Dim CostContext::operand_bytes() const {
  Dim bytes = 0;
  for (const ValueId v : op_.operands) {
    if (v) bytes = bytes + bytes_of(type(v));
  }
  return bytes;
}
Dim CostContext::result_bytes() const {
  Dim bytes = 0;
  for (const ValueId v : op_.results) bytes = bytes + bytes_of(type(v));
  return bytes;
}

std::optional<Cost> cost_of(const Function& f, OpId op) {
  const OpData& d = f.op(op);
  return d.schema->cost(d, CostContext(f, d));
}

}  // namespace corecast::ir
