// Softmax and its logarithm along one axis.
#pragma once

#include <cstdint>

#include "ops/op_kind.h"

namespace corecast::op {

/// e^(x - max) / sum(e^(x - max)) along `axis`.
struct Softmax {
  static constexpr OpKind kind = OpKind::Softmax;
  ir::ValueId x;
  std::int64_t axis = -1;
};

/// x - max - ln(sum(e^(x - max))) along `axis`. No MIL op.
struct LogSoftmax {
  static constexpr OpKind kind = OpKind::LogSoftmax;
  ir::ValueId x;
  std::int64_t axis = -1;
};

}  // namespace corecast::op
