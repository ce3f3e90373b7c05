// identity: x itself.
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

struct Identity {
  static constexpr OpKind kind = OpKind::Identity;
  ir::ValueId x;
};

}  // namespace corecast::op
