// constexpr_cast: a weight stored as f16, used as f32.
#pragma once

#include "ir/dtype.h"
#include "ops/op_kind.h"

namespace corecast::op {

/// source_val (f16, any shape) widened exactly to output_dtype, which is f32. iOS 16; a
/// compile-time constant.
struct ConstexprCast {
  static constexpr OpKind kind = OpKind::ConstexprCast;
  ir::ValueId source_val;
  ir::DType output_dtype = ir::DType::f32;
};

}  // namespace corecast::op
