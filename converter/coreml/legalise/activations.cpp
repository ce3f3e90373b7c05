// Activations that MIL lacks, and softmax's logarithm.
#include "converter/coreml/legalise/site.h"
#include "ops/activation/activation.h"
#include "ops/activation/softmax.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/reduction/reduction.h"

namespace corecast::coreml::legal {
namespace {

Values mish(Site& s) {
  const auto x = s.get<op::Mish>().x;
  return {s.add(op::Mul{x, s.add(op::Tanh{s.add(op::Softplus{x})})})};
}

Values hard_swish(Site& s) {
  const auto x = s.get<op::HardSwish>().x;
  return {s.add(op::Mul{x, s.add(op::SigmoidHard{x, 1.0 / 6, 0.5})})};
}

Values selu(Site& s) {
  const auto o = s.get<op::Selu>();
  return {s.add(op::Mul{s.add(op::Elu{o.x, o.alpha}), s.like(o.x, o.gamma)})};
}

// alpha * elu(x / alpha) flips sides for a negative alpha, where the formula is written out.
Values celu(Site& s) {
  const auto o = s.get<op::Celu>();
  if (o.alpha == 1) return {s.add(op::Elu{o.x, 1.0})};
  const auto scaled = s.add(op::RealDiv{o.x, s.like(o.x, o.alpha)});
  if (o.alpha > 0) return {s.add(op::Mul{s.add(op::Elu{scaled, 1.0}), s.like(o.x, o.alpha)})};
  const auto bent =
      s.add(op::Mul{s.add(op::Sub{s.add(op::Exp{scaled}), s.like(o.x, 1)}), s.like(o.x, o.alpha)});
  return {s.select(s.add(op::Greater{o.x, s.like(o.x, 0)}), o.x, bent)};
}

// MIL's keeps x == alpha.
Values thresholded_relu(Site& s) {
  const auto o = s.get<op::ThresholdedRelu>();
  if (!o.strict) return {};
  const auto above = s.add(op::Greater{o.x, s.like(o.x, o.alpha)});
  return {s.select(above, o.x, s.like(o.x, 0))};
}

// Shifted first: the logarithm then stays small, and the difference keeps its digits in 16 bits
// too.
Values log_softmax(Site& s) {
  const auto o = s.get<op::LogSoftmax>();
  const auto shifted = s.add(op::Sub{o.x, s.add(op::ReduceMax{o.x, Ints{o.axis}, true})});
  return {s.add(op::Sub{shifted, s.add(op::ReduceLogSumExp{shifted, Ints{o.axis}, true})})};
}

/// v [C] as [C, 1, ...] so that it broadcasts along axis 1 of a tensor of this rank.
ValueId along_channels(Site& s, ValueId v, std::int64_t rank) {
  if (rank <= 2) return v;
  Ints to(static_cast<std::size_t>(rank - 1), 1);
  to[0] = -1;
  return s.reshape(v, to);
}

// MIL wants a constant slope and rank 3 to 5, one slope for all channels but at rank 4.
Values prelu(Site& s) {
  const auto o = s.get<op::Prelu>();
  const Tensor* slope = s.constant(o.alpha);
  const std::int64_t rank = s.rank(o.x);
  if (slope && rank == 4) return {};
  if (slope && slope->count() > 0) {
    const double first = slope->at(0);
    bool equal = true;
    for (std::int64_t i = 1; i < slope->count() && equal; ++i) equal = slope->at(i) == first;
    if (equal) return {s.add(op::LeakyRelu{o.x, first})};
  }
  const auto zero = s.like(o.x, 0);
  const auto below = s.add(op::Mul{s.add(op::Minimum{o.x, zero}),
                                   along_channels(s, s.cast(o.alpha, s.dtype(o.x)), rank)});
  return {s.add(op::Add{s.add(op::Relu{o.x}), below})};
}

// MIL wants constant parameters and rank 3 or more.
Values softplus_parametric(Site& s) {
  const auto o = s.get<op::SoftplusParametric>();
  const std::int64_t rank = s.rank(o.x);
  if (s.constant(o.alpha) && s.constant(o.beta) && rank >= 3) return {};
  const DType dtype = s.dtype(o.x);
  const auto bent =
      s.add(op::Softplus{s.add(op::Mul{o.x, along_channels(s, s.cast(o.beta, dtype), rank)})});
  return {s.add(op::Mul{bent, along_channels(s, s.cast(o.alpha, dtype), rank)})};
}

}  // namespace

void add_activations(Expansions& out) {
  out.insert(out.end(), {{OpKind::Mish, mish},
                         {OpKind::HardSwish, hard_swish},
                         {OpKind::Selu, selu},
                         {OpKind::Celu, celu},
                         {OpKind::ThresholdedRelu, thresholded_relu},
                         {OpKind::LogSoftmax, log_softmax},
                         {OpKind::Prelu, prelu},
                         {OpKind::SoftplusParametric, softplus_parametric}});
}

}  // namespace corecast::coreml::legal
