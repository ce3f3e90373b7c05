#include "passes/numerics/known.h"

#include <algorithm>
#include <cmath>

namespace corecast::passes::numerics {

double Known::largest() const { return std::max(std::fabs(range.lo), std::fabs(range.hi)); }

double Known::smallest() const {
  return range.contains(0) ? 0 : std::min(std::fabs(range.lo), std::fabs(range.hi));
}

Known join(const Known& a, const Known& b) {
  return {.range = hull(a.range, b.range),
          .loose = std::max(a.loose, b.loose),
          .whole = a.whole && b.whole,
          .measured = a.measured || b.measured,
          .sentinels = a.sentinels || b.sentinels,
          .inputs = a.inputs | b.inputs};
}

}  // namespace corecast::passes::numerics
