// quantize, dequantize: linear quantisation at run time.
#pragma once

#include <cstdint>
#include <optional>

#include "ir/dtype.h"
#include "ops/op_kind.h"

namespace corecast::op {

/// clip(round(input/scale) + zero_point) in output_dtype, halves to even; NaN gives the zero point.
/// scale, of input's dtype, and zero_point, of output_dtype (absent: 0), are both scalars, or both
/// [C] along `axis`, which is then required. iOS 17; MIL has i8 and u8 only.
struct Quantize {
  static constexpr OpKind kind = OpKind::Quantize;
  ir::ValueId input, zero_point, scale;
  std::optional<std::int64_t> axis;
  ir::DType output_dtype = ir::DType::u8;
};

/// In scale's dtype; zero_point has input's. Shapes as Quantize.
struct Dequantize {
  static constexpr OpKind kind = OpKind::Dequantize;
  ir::ValueId input, zero_point, scale;
  std::optional<std::int64_t> axis;
};

}  // namespace corecast::op
