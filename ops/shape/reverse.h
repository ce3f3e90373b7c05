// reverse: dimensions read backwards.
#pragma once

#include <optional>

#include "ops/op_kind.h"

namespace corecast::op {

/// x with the elements along each of `axes` (unset: all) in reverse order.
struct Reverse {
  static constexpr OpKind kind = OpKind::Reverse;
  ir::ValueId x;
  std::optional<std::vector<std::int64_t>> axes;
};

}  // namespace corecast::op
