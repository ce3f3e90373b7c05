// Ops with nested blocks. A block sees the values around it; its results are the op's.
#pragma once

#include <vector>

#include "ops/op_kind.h"

namespace corecast::op {

/// Results of block `true_branch` where pred (one bool) holds, else those of `false_branch`.
/// Neither block takes arguments; both give as many results, of equal dtypes and ranks.
struct Cond {
  static constexpr OpKind kind = OpKind::Cond;
  ir::ValueId pred;
  ir::BlockId true_, false_;
};

/// Runs `body` while `cond` holds. Both blocks take the loop variables; cond gives one bool, body
/// the next values, and the op the last ones. A variable keeps its dtype and rank, while sizes may
/// change: the blocks take such a size as a symbol of its own, and one that they take as a number,
/// or as the first value has it, is that in every iteration.
struct WhileLoop {
  static constexpr OpKind kind = OpKind::WhileLoop;
  std::vector<ir::ValueId> loop_vars;
  ir::BlockId cond, body;
};

}  // namespace corecast::op
