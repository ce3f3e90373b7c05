#include "passes/fuse/factors.h"

#include <cmath>

#include "ops/elementwise/elementwise_unary.h"
#include "passes/fuse/weights.h"

namespace corecast::passes::fuse {
namespace {

/// What u is a multiple of, and how much; u itself, once, where it is none.
std::pair<ValueId, double> unscaled(const Match& m, ValueId u) {
  const ir::Function& f = m.function();
  const auto of_same_type = [&](ValueId x) { return m.type(x) == m.type(u); };
  if (const auto neg = f.def_if<op::Neg>(u)) return {neg->x, -1};
  if (const auto mul = f.def_if<op::Mul>(u)) {
    for (const auto& [x, c] : {std::pair{mul->x, mul->y}, std::pair{mul->y, mul->x}}) {
      const auto number = uniform_constant(f, c);
      if (number && of_same_type(x)) return {x, *number};
    }
  }
  if (const auto div = f.def_if<op::RealDiv>(u)) {
    const auto number = uniform_constant(f, div->y);
    if (number && of_same_type(div->x)) return {div->x, 1 / *number};
  }
  return {u, 1};
}

}  // namespace

ValueId times(Match& m, ValueId u, double factor) {
  const auto [x, own] = unscaled(m, u);
  const double all = own * factor;
  const ir::DType dtype = m.type(u).dtype;
  if (!ir::is_floating(dtype) || all == 0 || !representable(dtype, {all})) return {};
  // 1 / 3 * 3 is 1.
  if (std::fabs(all - 1) < 1e-12) return x;
  if (std::fabs(all + 1) < 1e-12) return m.add(op::Neg{x});
  return m.add(op::Mul{x, m.scalar(dtype, all)});
}

Pattern minus(const Pattern& x) { return any_of({is<op::Neg>(x), x * constant(-1)}); }

}  // namespace corecast::passes::fuse
