// Activation functions: elementwise on floats (relu and relu6 on integers too). The formulas are in
// the schema rows.
#pragma once

#include <string>

#include "ops/elementwise/elementwise_unary.h"

namespace corecast::op {

using Mish = Unary<OpKind::Mish>;
using Relu = Unary<OpKind::Relu>;
using Relu6 = Unary<OpKind::Relu6>;
using Sigmoid = Unary<OpKind::Sigmoid>;
using Silu = Unary<OpKind::Silu>;
using Softplus = Unary<OpKind::Softplus>;
using Softsign = Unary<OpKind::Softsign>;
using HardSwish = Unary<OpKind::HardSwish>;

template <OpKind K>
struct UnaryAlpha {
  static constexpr OpKind kind = K;
  ir::ValueId x;
  double alpha = 1;
};

using Celu = UnaryAlpha<OpKind::Celu>;
using Elu = UnaryAlpha<OpKind::Elu>;

/// `strict` leaves out x == alpha, and NaN.
struct ThresholdedRelu {
  static constexpr OpKind kind = OpKind::ThresholdedRelu;
  ir::ValueId x;
  double alpha = 1;
  bool strict = false;
};

struct LeakyRelu {
  static constexpr OpKind kind = OpKind::LeakyRelu;
  ir::ValueId x;
  double alpha = 0.01;
};

template <OpKind K>
struct UnaryAlphaBeta {
  static constexpr OpKind kind = K;
  ir::ValueId x;
  double alpha = 1;
  double beta = 0;
};

using ClampedRelu = UnaryAlphaBeta<OpKind::ClampedRelu>;
using LinearActivation = UnaryAlphaBeta<OpKind::LinearActivation>;
using ScaledTanh = UnaryAlphaBeta<OpKind::ScaledTanh>;

struct SigmoidHard {
  static constexpr OpKind kind = OpKind::SigmoidHard;
  ir::ValueId x;
  double alpha = 0.2;
  double beta = 0.5;
};

struct Selu {
  static constexpr OpKind kind = OpKind::Selu;
  ir::ValueId x;
  double alpha = 1.67326319217681884765625;
  double gamma = 1.05070102214813232421875;
};

/// "EXACT": x / 2 * (1 + erf(x / sqrt 2)); "TANH_APPROXIMATION": x / 2 * (1 + tanh(sqrt(2 / pi) *
/// (x + 0.044715 x^3))); "SIGMOID_APPROXIMATION": x * sigmoid(1.702 x).
struct Gelu {
  static constexpr OpKind kind = OpKind::Gelu;
  ir::ValueId x;
  std::string mode = "EXACT";
};

/// alpha: [C].
struct Prelu {
  static constexpr OpKind kind = OpKind::Prelu;
  ir::ValueId x, alpha;
};

/// alpha, beta: [C].
struct SoftplusParametric {
  static constexpr OpKind kind = OpKind::SoftplusParametric;
  ir::ValueId x, alpha, beta;
};

}  // namespace corecast::op
