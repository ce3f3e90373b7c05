#include "ir/bounds.h"

#include <cmath>

#include "ir/function.h"

namespace corecast::ir {

DType BoundsContext::dtype(ValueId v) const { return f.type(v).dtype; }

Interval BoundsContext::of_all(const std::vector<ValueId>& values) const {
  if (values.empty()) return {};
  Interval all = of(values.front());
  for (const ValueId v : values) all = hull(all, of(v));
  return all;
}

bool BoundsContext::has_elements(ValueId v) const {
  for (const Dim& d : f.type(v).shape) {
    const auto least = d.lower_bound();
    if (!least || *least < 1) return false;
  }
  return true;
}

Interval bounds_of_result(const Function& f, OpId op, std::size_t result, const IntervalOf& of) {
  const OpData& d = f.op(op);
  const DType dtype = f.type(d.results.at(result)).dtype;
  const BoundsContext context{f, of, result};
  const Interval stated = d.schema->bounds ? d.schema->bounds(d, context) : Interval();
  const Interval range = range_of(dtype);
  const Overflow overflow = d.schema->traits.overflow;
  const bool wraps = overflow == Overflow::integers || overflow == Overflow::both;
  return wraps && !(range.contains(stated.lo) && range.contains(stated.hi)) ? range
                                                                            : fitted(stated, dtype);
}

Interval bounds_of(const Tensor& t) {
  std::optional<Interval> all;
  if (t.dtype() == DType::string) return {};
  for (std::int64_t i = 0; i < t.count(); ++i) {
    const double v = t.at(i);
    if (!std::isnan(v)) all = all ? hull(*all, Interval::only(v)) : Interval::only(v);
  }
  return all.value_or(Interval());
}

}  // namespace corecast::ir
