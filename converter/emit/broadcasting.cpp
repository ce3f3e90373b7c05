#include "converter/emit/broadcasting.h"

#include <algorithm>

#include "ops/shape/reshape.h"

namespace corecast::emit {

ValueId along_axis(Emit& e, ValueId v, std::int64_t axis, std::int64_t rank) {
  if (e.failed()) return {};
  std::vector<std::int64_t> dims(static_cast<std::size_t>(rank), 1);
  dims[static_cast<std::size_t>(axis)] = -1;
  return e.add(op::Reshape{v, e.ints(dims)});
}

Values promoted(Emit& e, Values values, const Promotion& rule) {
  if (values.empty() || e.failed()) return values;
  Operand all{e.dtype(values[0]), e.rank(values[0]) == 0};
  for (const ValueId v : values) {
    const Operand next{e.dtype(v), e.rank(v) == 0};
    if (next.dtype != all.dtype) all.dtype = rule(all, next);
    all.scalar = all.scalar && next.scalar;
  }
  for (ValueId& v : values) v = e.cast(v, all.dtype);
  return values;
}

}  // namespace corecast::emit
