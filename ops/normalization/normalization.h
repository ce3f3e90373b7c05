// Normalisations. Scale and shift operands (gamma, beta) may be left out: 1 and 0. In MIL they,
// mean and variance are constants.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ops/op_kind.h"

namespace corecast::op {

/// gamma[c] * (x - mean[c]) / sqrt(variance[c] + epsilon) + beta[c], with c along axis 1; each [C].
struct BatchNorm {
  static constexpr OpKind kind = OpKind::BatchNorm;
  ir::ValueId x, mean, variance, gamma, beta;
  double epsilon = 1e-5;
};

/// As batch_norm with the mean and (biased) variance of each (n, c) over the axes from 2 on.
struct InstanceNorm {
  static constexpr OpKind kind = OpKind::InstanceNorm;
  ir::ValueId x, gamma, beta;
  double epsilon = 1e-5;
};

/// As instance_norm with the statistics of each of `num_groups` equal runs of channels. No MIL op.
struct GroupNorm {
  static constexpr OpKind kind = OpKind::GroupNorm;
  ir::ValueId x, gamma, beta;
  std::int64_t num_groups = 1;
  double epsilon = 1e-5;
};

/// gamma * (x - mean) / sqrt(variance + epsilon) + beta, with mean and biased variance over `axes`
/// (unset: all); gamma and beta have x's sizes along the axes, in ascending order.
struct LayerNorm {
  static constexpr OpKind kind = OpKind::LayerNorm;
  ir::ValueId x, gamma, beta;
  std::optional<std::vector<std::int64_t>> axes;
  double epsilon = 1e-5;
};

/// gamma * x / sqrt(mean(x^2) + epsilon), the mean over `axes`; gamma as in layer_norm. No MIL op.
struct RmsNorm {
  static constexpr OpKind kind = OpKind::RmsNorm;
  ir::ValueId x, gamma;
  std::vector<std::int64_t> axes = {-1};
  double epsilon = 1e-5;
};

/// x / sqrt(sum(x^2) + epsilon), the sum over the last three axes.
struct L2Norm {
  static constexpr OpKind kind = OpKind::L2Norm;
  ir::ValueId x;
  double epsilon = 1e-6;
};

/// x / (k + alpha / size * sum(x^2))^beta, the sum over channels c - size / 2 ... c + (size - 1) /
/// 2 of axis -3, which is the channel axis of rank 4 only.
struct LocalResponseNorm {
  static constexpr OpKind kind = OpKind::LocalResponseNorm;
  ir::ValueId x;
  std::int64_t size = 1;
  double alpha = 1e-4;
  double beta = 0.75;
  double k = 1;
};

}  // namespace corecast::op
