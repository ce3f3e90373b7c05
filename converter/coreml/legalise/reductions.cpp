// Reductions over no axis, the last of equal extremes, and axes that MIL counts from the front
// only.
#include <cmath>

#include "converter/coreml/legalise/extents.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/reduction/cumsum.h"
#include "ops/reduction/reduction.h"
#include "ops/shape/reverse.h"
#include "ops/shape/squeeze.h"

namespace corecast::coreml::legal {
namespace {

/// What is left of a reduction when nothing is reduced.
template <class Op>
Values of_nothing(Site& s) {
  const auto o = s.get<Op>();
  const bool nothing = o.axes ? o.axes->empty() : s.rank(o.x) == 0;
  if (!nothing) return {};
  if constexpr (Op::kind == OpKind::ReduceL1Norm || Op::kind == OpKind::ReduceL2Norm)
    return {s.add(op::Abs{o.x})};
  else if constexpr (Op::kind == OpKind::ReduceSumSquare)
    return {s.add(op::Square{o.x})};
  else if constexpr (Op::kind == OpKind::ReduceLogSum)
    return ir::is_floating(s.dtype(o.x)) ? Values{s.add(op::Log{o.x, 0.0})} : Values();
  else
    return {o.x};
}

// The last of equals is the first of the reversed: size - 1 - index.
template <class Op>
Values last_extreme(Site& s) {
  auto o = s.get<Op>();
  if (!o.last) return {};
  const Extent size = Extent::of(s, o.x, o.axis);
  const Ints axes = {o.axis < 0 ? o.axis + s.rank(o.x) : o.axis};
  o.last = false;
  o.x = s.add(op::Reverse{.x = o.x, .axes = axes});
  const ValueId index = s.add(o);
  if (size.is_constant())
    return {binary<op::Sub>(s, s.like(index, static_cast<double>(size.value() - 1)), index)};
  const ValueId n = s.cast(s.add(op::Squeeze{runtime_size(s, size), {}}), s.dtype(index));
  return {binary<op::Sub>(s, binary<op::Sub>(s, n, s.like(index, 1)), index)};
}

Values cumsum(Site& s) {
  auto o = s.get<op::Cumsum>();
  if (o.axis >= -1) return {};
  o.axis += s.rank(o.x);
  return {s.add(o)};
}

}  // namespace

void add_reductions(Expansions& out) {
  out.insert(out.end(), {{OpKind::ReduceL1Norm, of_nothing<op::ReduceL1Norm>},
                         {OpKind::ReduceL2Norm, of_nothing<op::ReduceL2Norm>},
                         {OpKind::ReduceLogSum, of_nothing<op::ReduceLogSum>},
                         {OpKind::ReduceLogSumExp, of_nothing<op::ReduceLogSumExp>},
                         {OpKind::ReduceMax, of_nothing<op::ReduceMax>},
                         {OpKind::ReduceMean, of_nothing<op::ReduceMean>},
                         {OpKind::ReduceMin, of_nothing<op::ReduceMin>},
                         {OpKind::ReduceProd, of_nothing<op::ReduceProd>},
                         {OpKind::ReduceSum, of_nothing<op::ReduceSum>},
                         {OpKind::ReduceSumSquare, of_nothing<op::ReduceSumSquare>},
                         {OpKind::ReduceArgmax, last_extreme<op::ReduceArgmax>},
                         {OpKind::ReduceArgmin, last_extreme<op::ReduceArgmin>},
                         {OpKind::Cumsum, cumsum}});
}

}  // namespace corecast::coreml::legal
