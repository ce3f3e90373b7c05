#include "api/detail/work.h"

#include <algorithm>

#include "ir/cost.h"
#include "ops/op_kind.h"

namespace corecast::api {
namespace {

using ir::SymbolValues;

/// Loops run as often as the data say: taken for many turns.
constexpr double kTurns = 1000;

double number(const ir::Dim& d, const SymbolValues& sizes) {
  return static_cast<double>(std::max<std::int64_t>(d.evaluate(sizes).value_or(0), 0));
}

void add_work(const ir::Function& f, ir::BlockId block, const SymbolValues& sizes, double times,
              Work& work) {
  for (const ir::OpId op : f.ops(block)) {
    if (const auto cost = ir::cost_of(f, op)) {
      work.multiply_adds += times * number(cost->multiply_adds, sizes);
      work.bytes += times * number(cost->bytes, sizes);
    }
    const double turns = f.is(op, ir::OpKind::WhileLoop) ? kTurns : 1;
    for (const ir::BlockId inner : f.op(op).blocks) add_work(f, inner, sizes, times * turns, work);
  }
}

}  // namespace

Work work_at(const ir::Function& f, const SymbolValues& sizes) {
  Work work;
  add_work(f, f.entry(), sizes, 1, work);
  return work;
}

}  // namespace corecast::api
