// tile: a tensor repeated.
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

/// reps has one entry per dimension of x.
struct Tile {
  static constexpr OpKind kind = OpKind::Tile;
  ir::ValueId x, reps;
};

}  // namespace corecast::op
