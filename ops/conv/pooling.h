// avg_pool, max_pool, l2_pool: reductions of sliding windows.
#pragma once

#include <string>
#include <vector>

#include "ops/op_kind.h"

namespace corecast::op {

/// x [N, C, *d] with 1 to 3 spatial dims; result [N, C, *d_out] of x's dtype. Empty strides and
/// dilations mean ones, an empty pad zeros. d_out = floor((d + pads - extent)/stride) + 1; with
/// ceil_mode the division rounds up, and a last window that starts at or after d + pad_before is
/// dropped if there is any padding.
///
/// MIL has ceil_mode only for 1 or 2 spatial dims, pad_type other than same and symmetric pads;
/// `dilations` it does not have at all. The IR allows them everywhere.
struct AvgPool {
  static constexpr OpKind kind = OpKind::AvgPool;
  ir::ValueId x;
  std::vector<std::int64_t> kernel_sizes;
  std::vector<std::int64_t> strides;
  std::string pad_type = "valid";  ///< valid, same, same_lower (iOS 16), custom
  std::vector<std::int64_t> pad;   ///< [before0, after0, before1, ...]
  bool exclude_padding_from_average = false;
  bool ceil_mode = false;
  std::vector<std::int64_t> dilations;
};

template <OpKind K>
struct Pool {
  static constexpr OpKind kind = K;
  ir::ValueId x;
  std::vector<std::int64_t> kernel_sizes;
  std::vector<std::int64_t> strides;
  std::string pad_type = "valid";
  std::vector<std::int64_t> pad;
  bool ceil_mode = false;
  std::vector<std::int64_t> dilations;
};
using MaxPool = Pool<OpKind::MaxPool>;
using L2Pool = Pool<OpKind::L2Pool>;

}  // namespace corecast::op
