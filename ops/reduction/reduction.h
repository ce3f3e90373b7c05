// Reductions over axes, and the place of an extreme along one axis.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ir/dtype.h"
#include "ops/op_kind.h"

namespace corecast::op {

/// Reduces `axes` (unset: all; empty: none), which vanish or stay as 1. The dtype is that of x;
/// integer sums and products wrap around, other integer results truncate toward zero. Over no
/// elements: 0 for sums and norms, 1 for prod, the lowest (highest) value for max (min), NaN for
/// mean.
template <OpKind K>
struct Reduction {
  static constexpr OpKind kind = K;
  ir::ValueId x;
  std::optional<std::vector<std::int64_t>> axes;
  bool keep_dims = false;
};

using ReduceL1Norm = Reduction<OpKind::ReduceL1Norm>;
using ReduceL2Norm = Reduction<OpKind::ReduceL2Norm>;
using ReduceLogSum = Reduction<OpKind::ReduceLogSum>;
using ReduceLogSumExp = Reduction<OpKind::ReduceLogSumExp>;
using ReduceMax = Reduction<OpKind::ReduceMax>;
using ReduceMean = Reduction<OpKind::ReduceMean>;
using ReduceMin = Reduction<OpKind::ReduceMin>;
using ReduceProd = Reduction<OpKind::ReduceProd>;
using ReduceSum = Reduction<OpKind::ReduceSum>;
using ReduceSumSquare = Reduction<OpKind::ReduceSumSquare>;

/// Index along `axis` of the first largest (smallest) element; the first NaN wins. `last`: of the
/// last one, and the last NaN.
template <OpKind K>
struct ArgReduction {
  static constexpr OpKind kind = K;
  ir::ValueId x;
  std::int64_t axis = -1;
  bool keep_dims = false;
  bool last = false;
  ir::DType output_dtype = ir::DType::i32;
};

using ReduceArgmax = ArgReduction<OpKind::ReduceArgmax>;
using ReduceArgmin = ArgReduction<OpKind::ReduceArgmin>;

}  // namespace corecast::op
