// cumsum: running sums along one axis.
#pragma once

#include <cstdint>

#include "ops/op_kind.h"

namespace corecast::op {

/// y[k] = sum of x[0..k]; `exclusive` leaves out x[k]; `reverse` sums from the end.
struct Cumsum {
  static constexpr OpKind kind = OpKind::Cumsum;
  ir::ValueId x;
  std::int64_t axis = 0;
  bool exclusive = false;
  bool reverse = false;
};

}  // namespace corecast::op
