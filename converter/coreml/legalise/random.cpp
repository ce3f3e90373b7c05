// Random numbers whose parameters are computed at run time: MIL's must be constants.
#include "ops/creation/random.h"

#include "converter/coreml/legalise/padding.h"
#include "ops/elementwise/elementwise_binary.h"

namespace corecast::coreml::legal {
namespace {

Values uniform(Site& s) {
  const auto o = s.get<op::RandomUniform>();
  if (is_constant(s, o.low) && is_constant(s, o.high)) return {};
  const ValueId unit =
      s.add(op::RandomUniform{o.shape, s.like(o.low, 0), s.like(o.low, 1), o.seed});
  const ValueId width = s.add(op::Sub{o.high, o.low});
  return {s.add(op::Add{s.add(op::Mul{unit, width}), o.low})};
}

Values normal(Site& s) {
  const auto o = s.get<op::RandomNormal>();
  if (is_constant(s, o.mean) && is_constant(s, o.stddev)) return {};
  const ValueId unit =
      s.add(op::RandomNormal{o.shape, s.like(o.mean, 0), s.like(o.mean, 1), o.seed});
  return {s.add(op::Add{s.add(op::Mul{unit, o.stddev}), o.mean})};
}

Values bernoulli(Site& s) {
  const auto o = s.get<op::RandomBernoulli>();
  if (is_constant(s, o.prob)) return {};
  const ValueId unit =
      s.add(op::RandomUniform{o.shape, s.like(o.prob, 0), s.like(o.prob, 1), o.seed});
  return {s.cast(s.add(op::Less{unit, o.prob}), s.dtype(o.prob))};
}

}  // namespace

void add_random(Expansions& out) {
  out.insert(out.end(), {{OpKind::RandomUniform, uniform},
                         {OpKind::RandomNormal, normal},
                         {OpKind::RandomBernoulli, bernoulli}});
}

}  // namespace corecast::coreml::legal
