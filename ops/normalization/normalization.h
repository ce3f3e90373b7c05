// Normalisations. Scale and shift operands (gamma, beta) may be left out: 1 and 0. In MIL they,
// mean and variance are constants.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ops/op_kind.h"

namespace corecast::op {

/// gamma, beta, mean, variance: [C].
struct BatchNorm {
  static constexpr OpKind kind = OpKind::BatchNorm;
  ir::ValueId x, mean, variance, gamma, beta;
  double epsilon = 1e-5;
};

/// The moments are those over the axes from 2 on; the variance is the biased one.
struct InstanceNorm {
  static constexpr OpKind kind = OpKind::InstanceNorm;
  ir::ValueId x, gamma, beta;
  double epsilon = 1e-5;
};

/// Groups are `num_groups` equal runs of channels; the moments as in instance_norm.
struct GroupNorm {
  static constexpr OpKind kind = OpKind::GroupNorm;
  ir::ValueId x, gamma, beta;
  std::int64_t num_groups = 1;
  double epsilon = 1e-5;
};

/// `axes` unset: all; the variance is the biased one. gamma and beta have x's sizes along the axes,
/// in ascending order.
struct LayerNorm {
  static constexpr OpKind kind = OpKind::LayerNorm;
  ir::ValueId x, gamma, beta;
  std::optional<std::vector<std::int64_t>> axes;
  double epsilon = 1e-5;
};

/// gamma as in layer_norm.
struct RmsNorm {
  static constexpr OpKind kind = OpKind::RmsNorm;
  ir::ValueId x, gamma;
  std::vector<std::int64_t> axes = {-1};
  double epsilon = 1e-5;
};

struct L2Norm {
  static constexpr OpKind kind = OpKind::L2Norm;
  ir::ValueId x;
  double epsilon = 1e-6;
};

/// The channels summed over are c - size / 2 ... c + (size - 1) / 2 of axis -3, which is the
/// channel axis of rank 4 only.
struct LocalResponseNorm {
  static constexpr OpKind kind = OpKind::LocalResponseNorm;
  ir::ValueId x;
  std::int64_t size = 1;
  double alpha = 1e-4;
  double beta = 0.75;
  double k = 1;
};

}  // namespace corecast::op
