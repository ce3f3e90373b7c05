// conv: cross-correlation over 1 to 3 spatial dims.
#pragma once

#include <string>
#include <vector>

#include "ops/op_kind.h"

namespace corecast::op {

/// x [N, C, *d], weight [O, C/groups, *K], bias [O] or absent; result [N, O, *d_out] of x's dtype,
/// d_out = floor((d + pads - ((K-1)*dilation + 1)) / stride) + 1. Empty strides and dilations mean
/// ones, an empty pad zeros; `pad` counts only with pad_type "custom". weight and bias share a
/// dtype, which may be another one than x's (iOS 17).
struct Conv {
  static constexpr OpKind kind = OpKind::Conv;
  ir::ValueId x, weight, bias;
  std::vector<std::int64_t> strides;
  std::string pad_type = "valid";  ///< valid, same, same_lower (iOS 16), custom
  std::vector<std::int64_t> pad;   ///< [before0, after0, before1, ...]
  std::vector<std::int64_t> dilations;
  std::int64_t groups = 1;
};

}  // namespace corecast::op
