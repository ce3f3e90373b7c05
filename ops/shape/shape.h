// shape: the sizes of a tensor.
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

/// The sizes of x, as i32[rank of x]. (Named ShapeOf since Shape is a list of sizes.)
struct ShapeOf {
  static constexpr OpKind kind = OpKind::ShapeOf;
  ir::ValueId x;
};

}  // namespace corecast::op
