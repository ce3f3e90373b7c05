// constexpr_lut_to_dense and its sparse form: palettised weights.
#pragma once

#include <cstdint>
#include <optional>

#include "ops/op_kind.h"

namespace corecast::op {

/// Replaces each index by its entry of a table. indices u1 ... u8 of rank K; lut [B0, ..., B(K-1),
/// 2^n, V], n the width of an index: each B divides the index dim, and element k of a dim uses
/// table k / (dim / B). An entry of V > 1 elements is laid out along vector_axis, whose dim grows
/// V-fold. A compile-time constant. Before iOS 18 MIL has one table and V = 1 only, and spells the
/// indices as packed bytes and a shape: the same bits, which the package reader and writer convert.
struct ConstexprLutToDense {
  static constexpr OpKind kind = OpKind::ConstexprLutToDense;
  ir::ValueId indices, lut;
  std::optional<std::int64_t> vector_axis;  ///< required when V > 1
};

/// The same for a pruned weight: indices_nonzero_data [D] are the indices at the ones of
/// indices_mask (u1). Results: the mask of the weight, and its D*V elements in row-major order, for
/// constexpr_sparse_to_dense.
struct ConstexprLutToSparse {
  static constexpr OpKind kind = OpKind::ConstexprLutToSparse;
  ir::ValueId indices_mask, indices_nonzero_data, lut;
  std::optional<std::int64_t> vector_axis;
};

}  // namespace corecast::op
