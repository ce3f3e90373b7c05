// squeeze: dimensions of size 1 removed.
#pragma once

#include <optional>

#include "ops/op_kind.h"

namespace corecast::op {

/// x without the dimensions `axes`, of which those whose size is known not to be 1 are kept, as MIL
/// does; without `axes`, without all dimensions of size 1 (then every size must be known).
struct Squeeze {
  static constexpr OpKind kind = OpKind::Squeeze;
  ir::ValueId x;
  std::optional<std::vector<std::int64_t>> axes;
};

}  // namespace corecast::op
