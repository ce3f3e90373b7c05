// Elementwise functions of two tensors of one dtype, with NumPy broadcasting.
#pragma once

#include <string>

#include "ops/op_kind.h"

namespace corecast::op {

template <OpKind K>
struct Binary {
  static constexpr OpKind kind = K;
  ir::ValueId x, y;
};

using Add = Binary<OpKind::Add>;
using BitwiseAnd = Binary<OpKind::BitwiseAnd>;
using BitwiseOr = Binary<OpKind::BitwiseOr>;
using BitwiseXor = Binary<OpKind::BitwiseXor>;
using Equal = Binary<OpKind::Equal>;
using FloorDiv = Binary<OpKind::FloorDiv>;
using Greater = Binary<OpKind::Greater>;
using GreaterEqual = Binary<OpKind::GreaterEqual>;
using Less = Binary<OpKind::Less>;
using LessEqual = Binary<OpKind::LessEqual>;
using LogicalAnd = Binary<OpKind::LogicalAnd>;
using LogicalOr = Binary<OpKind::LogicalOr>;
using LogicalXor = Binary<OpKind::LogicalXor>;
using Maximum = Binary<OpKind::Maximum>;
using Minimum = Binary<OpKind::Minimum>;
using Mod = Binary<OpKind::Mod>;
using Mul = Binary<OpKind::Mul>;
using NotEqual = Binary<OpKind::NotEqual>;
using Pow = Binary<OpKind::Pow>;
using RealDiv = Binary<OpKind::RealDiv>;
/// Remainder of the quotient truncated toward zero (C's % and fmod): the sign of x.
using RemainderTrunc = Binary<OpKind::RemainderTrunc>;
using Sub = Binary<OpKind::Sub>;

/// x shifted by y bits; a shift by the width or more gives 0, or -1 for a negative x shifted right.
struct BitShift {
  static constexpr OpKind kind = OpKind::BitShift;
  ir::ValueId x, y;
  std::string direction = "LEFT";  ///< "LEFT" or "RIGHT"
};

}  // namespace corecast::op
