// matmul: batched matrix product with numpy's rules.
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

/// x [*b, M, K] times y [*b, K, N] gives [*b, M, N]; batch dims broadcast. A rank-1 x is a row, a
/// rank-1 y a column, and that dim is absent from the result. transpose_x, transpose_y swap the
/// last two dims (rank 2 and up). dtypes: floats or integers, equal; two float types may differ
/// when one operand is a constant, and the result then has the other's type.
struct Matmul {
  static constexpr OpKind kind = OpKind::Matmul;
  ir::ValueId x, y;
  bool transpose_x = false;
  bool transpose_y = false;
};

}  // namespace corecast::op
