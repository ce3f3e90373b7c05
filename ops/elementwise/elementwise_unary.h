// Elementwise functions of one tensor; the result has the shape and (but for predicates) the dtype
// of x.
#pragma once

#include <limits>

#include "ops/op_kind.h"

namespace corecast::op {

template <OpKind K>
struct Unary {
  static constexpr OpKind kind = K;
  ir::ValueId x;
};

using Abs = Unary<OpKind::Abs>;
using Acos = Unary<OpKind::Acos>;
using Acosh = Unary<OpKind::Acosh>;
using Asin = Unary<OpKind::Asin>;
using Asinh = Unary<OpKind::Asinh>;
using Atan = Unary<OpKind::Atan>;
using Atanh = Unary<OpKind::Atanh>;
using BitwiseNot = Unary<OpKind::BitwiseNot>;
using Ceil = Unary<OpKind::Ceil>;
using Cos = Unary<OpKind::Cos>;
using Cosh = Unary<OpKind::Cosh>;
using Erf = Unary<OpKind::Erf>;
using Exp = Unary<OpKind::Exp>;
using Exp2 = Unary<OpKind::Exp2>;
using Floor = Unary<OpKind::Floor>;
using IsNan = Unary<OpKind::IsNan>;
using LogicalNot = Unary<OpKind::LogicalNot>;
using Neg = Unary<OpKind::Neg>;
using Round = Unary<OpKind::Round>;
using Sign = Unary<OpKind::Sign>;
using Sin = Unary<OpKind::Sin>;
using Sinh = Unary<OpKind::Sinh>;
using Sqrt = Unary<OpKind::Sqrt>;
using Square = Unary<OpKind::Square>;
using Tan = Unary<OpKind::Tan>;
using Tanh = Unary<OpKind::Tanh>;

struct Clip {
  static constexpr OpKind kind = OpKind::Clip;
  ir::ValueId x;
  double alpha = -std::numeric_limits<double>::infinity();
  double beta = std::numeric_limits<double>::infinity();
};

/// MIL's default epsilon is not zero: a reciprocal needs epsilon = 0.
struct Inverse {
  static constexpr OpKind kind = OpKind::Inverse;
  ir::ValueId x;
  double epsilon = 1e-4;
};

struct IsInf {
  static constexpr OpKind kind = OpKind::IsInf;
  ir::ValueId x;
  bool detect_negative = true;
  bool detect_positive = true;
};

/// epsilon is rounded to x's dtype (the default is 0 in fp16).
struct Log {
  static constexpr OpKind kind = OpKind::Log;
  ir::ValueId x;
  double epsilon = 1e-45;
};

struct Rsqrt {
  static constexpr OpKind kind = OpKind::Rsqrt;
  ir::ValueId x;
  double epsilon = 1e-12;
};

struct Threshold {
  static constexpr OpKind kind = OpKind::Threshold;
  ir::ValueId x;
  double alpha = 0;
};

}  // namespace corecast::op
