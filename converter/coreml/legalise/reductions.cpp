// Reductions over no axis, and axes that MIL counts from the front only.
#include <cmath>

#include "converter/coreml/legalise/site.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/reduction/cumsum.h"
#include "ops/reduction/reduction.h"

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
                         {OpKind::Cumsum, cumsum}});
}

}  // namespace corecast::coreml::legal
