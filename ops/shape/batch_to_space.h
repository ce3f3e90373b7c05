// batch_to_space and space_to_batch: the batch dimension traded for pixels. Rank 4, [n, C, H, W].
#pragma once

#include <vector>

#include "ops/op_kind.h"

namespace corecast::op {

/// block_shape [bh, bw]: batch (i*bw + j)*n' + b of x, n' = n / (bh*bw), holds rows i::bh and
/// columns j::bw of image b; then crops [[top, bottom], [left, right]] are cut off.
struct BatchToSpace {
  static constexpr OpKind kind = OpKind::BatchToSpace;
  ir::ValueId x;
  std::vector<std::int64_t> block_shape;
  ir::ValueId crops;  ///< i32[2,2]
};

/// The inverse: paddings [[top, bottom], [left, right]] of zeros are added, then rows i::bh and
/// columns j::bw of image b become batch (i*bw + j)*n + b.
struct SpaceToBatch {
  static constexpr OpKind kind = OpKind::SpaceToBatch;
  ir::ValueId x;
  std::vector<std::int64_t> block_shape;
  ir::ValueId paddings;  ///< i32[2,2]
};

}  // namespace corecast::op
