// conv_transpose: the adjoint of conv (deconvolution) over 1 to 3 spatial dims.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ops/op_kind.h"

namespace corecast::op {

/// x [N, C, *d], weight [C, O/groups, *K], bias [O] or absent; result [N, O, *d_out] of x's dtype.
/// full = (d-1)*stride + (K-1)*dilation + 1. d_out: valid: full; custom: full - pads; same:
/// d*stride, padding floor(max(0, full - d_out)/2) before. Positions beyond `full` hold the bias
/// alone.
struct ConvTranspose {
  static constexpr OpKind kind = OpKind::ConvTranspose;
  ir::ValueId x, weight, bias;
  std::vector<std::int64_t> pad;  ///< [before0, after0, before1, ...], for custom
  std::optional<std::vector<std::int64_t>> output_shape;  ///< all of [N, O, *d_out]; decides d_out
  std::string pad_type = "valid";                         ///< valid, same, custom
  std::vector<std::int64_t> strides;                      ///< empty: ones
  std::vector<std::int64_t> dilations;                    ///< empty: ones
  std::int64_t groups = 1;
  /// Not in MIL: elements added after each spatial dim. Says what output_shape says where sizes are
  /// symbolic; legalisation turns it into output_shape. Empty: zeros.
  std::vector<std::int64_t> output_padding;
};

}  // namespace corecast::op
