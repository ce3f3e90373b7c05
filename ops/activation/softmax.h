// Softmax and its logarithm along one axis.
#pragma once

#include <cstdint>

#include "ops/op_kind.h"

namespace corecast::op {

struct Softmax {
  static constexpr OpKind kind = OpKind::Softmax;
  ir::ValueId x;
  std::int64_t axis = -1;
};

struct LogSoftmax {
  static constexpr OpKind kind = OpKind::LogSoftmax;
  ir::ValueId x;
  std::int64_t axis = -1;
};

}  // namespace corecast::op
