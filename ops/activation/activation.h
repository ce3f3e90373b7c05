// Activation functions: elementwise on floats (relu and relu6 on integers too).
#pragma once

#include <string>

#include "ops/elementwise/elementwise_unary.h"

namespace corecast::op {

/// x * tanh(softplus(x)). No MIL op.
using Mish = Unary<OpKind::Mish>;
/// max(x, 0).
using Relu = Unary<OpKind::Relu>;
/// min(max(x, 0), 6).
using Relu6 = Unary<OpKind::Relu6>;
/// 1 / (1 + e^-x).
using Sigmoid = Unary<OpKind::Sigmoid>;
/// x * sigmoid(x).
using Silu = Unary<OpKind::Silu>;
/// ln(1 + e^x).
using Softplus = Unary<OpKind::Softplus>;
/// x / (1 + |x|).
using Softsign = Unary<OpKind::Softsign>;
/// x * min(max(x / 6 + 1 / 2, 0), 1). No MIL op.
using HardSwish = Unary<OpKind::HardSwish>;

template <OpKind K>
struct UnaryAlpha {
  static constexpr OpKind kind = K;
  ir::ValueId x;
  double alpha = 1;
};

/// max(x, 0) + min(alpha * (e^(x / alpha) - 1), 0). No MIL op.
using Celu = UnaryAlpha<OpKind::Celu>;
/// x where x > 0, else alpha * (e^x - 1).
using Elu = UnaryAlpha<OpKind::Elu>;
/// x where x >= alpha, else 0.
using ThresholdedRelu = UnaryAlpha<OpKind::ThresholdedRelu>;

/// x where x >= 0, else alpha * x.
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

/// min(x, beta) where x >= 0, else min(alpha * x, beta).
using ClampedRelu = UnaryAlphaBeta<OpKind::ClampedRelu>;
/// alpha * x + beta.
using LinearActivation = UnaryAlphaBeta<OpKind::LinearActivation>;
/// alpha * tanh(beta * x).
using ScaledTanh = UnaryAlphaBeta<OpKind::ScaledTanh>;

/// min(max(alpha * x + beta, 0), 1).
struct SigmoidHard {
  static constexpr OpKind kind = OpKind::SigmoidHard;
  ir::ValueId x;
  double alpha = 0.2;
  double beta = 0.5;
};

/// gamma * x where x > 0, else gamma * alpha * (e^x - 1). No MIL op.
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

/// x where x > 0, else alpha[c] * x, with c along axis 1. alpha: [C].
struct Prelu {
  static constexpr OpKind kind = OpKind::Prelu;
  ir::ValueId x, alpha;
};

/// alpha[c] * ln(1 + e^(beta[c] * x)), with c along axis 1. alpha, beta: [C].
struct SoftplusParametric {
  static constexpr OpKind kind = OpKind::SoftplusParametric;
  ir::ValueId x, alpha, beta;
};

}  // namespace corecast::op
