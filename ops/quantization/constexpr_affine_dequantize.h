// constexpr_affine_dequantize: an 8-bit weight with one scale, or one per channel.
#pragma once

#include <cstdint>

#include "ops/op_kind.h"

namespace corecast::op {

/// (quantized_data - zero_point) * scale, in f32, rounded once to scale's dtype. quantized_data has
/// rank 1 or more; scale and zero_point are each a scalar or a vector along `axis`, independently.
/// iOS 16; a compile-time constant.
struct ConstexprAffineDequantize {
  static constexpr OpKind kind = OpKind::ConstexprAffineDequantize;
  ir::ValueId quantized_data, zero_point, scale;
  std::int64_t axis = 0;
};

}  // namespace corecast::op
