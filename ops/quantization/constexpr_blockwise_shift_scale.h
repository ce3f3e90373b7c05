// constexpr_blockwise_shift_scale and its sparse form: weights with a scale, and perhaps an offset,
// per block.
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

/// (data - offset) * scale. scale (and offset, absent: 0) have data's rank; each dim of them
/// divides data's, and element k of a dim uses entry k / (data dim / scale dim). Result: data's
/// shape, scale's dtype; data, difference and product are each rounded to it. An integer offset has
/// data's dtype. iOS 18; a compile-time constant.
struct ConstexprBlockwiseShiftScale {
  static constexpr OpKind kind = OpKind::ConstexprBlockwiseShiftScale;
  ir::ValueId data, scale, offset;
};

/// The same for the elements nonzero_data [D] at the ones of data_mask (u1), each with the scale of
/// its dense position. Results: data_mask, and the D elements in scale's dtype, for
/// constexpr_sparse_to_dense.
struct ConstexprSparseBlockwiseShiftScale {
  static constexpr OpKind kind = OpKind::ConstexprSparseBlockwiseShiftScale;
  ir::ValueId data_mask, nonzero_data, scale, offset;
};

}  // namespace corecast::op
