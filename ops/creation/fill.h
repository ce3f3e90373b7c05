// fill and fill_like: tensors with one value everywhere.
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

/// A tensor of the sizes in the vector `shape`, all elements being the scalar `value` (absent: 0 as
/// f32), whose dtype it has.
struct Fill {
  static constexpr OpKind kind = OpKind::Fill;
  ir::ValueId shape, value;
};

/// A tensor of ref_tensor's sizes, all elements being the scalar `value` (absent: 0 as f32).
struct FillLike {
  static constexpr OpKind kind = OpKind::FillLike;
  ir::ValueId ref_tensor, value;
};

}  // namespace corecast::op
