// constexpr_sparse_to_dense: a pruned weight, stored as a bit mask and the elements that are left.
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

/// The elements of nonzero_data [D], in row-major order, at the D ones of mask (u1, the weight's
/// shape); 0 elsewhere. A compile-time constant. Before iOS 18 MIL spells the mask as packed bytes
/// and a shape: the same bits, which the package reader and writer convert.
struct ConstexprSparseToDense {
  static constexpr OpKind kind = OpKind::ConstexprSparseToDense;
  ir::ValueId nonzero_data, mask;
};

}  // namespace corecast::op
