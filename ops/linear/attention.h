// scaled_dot_product_attention: softmax(Q K^T * scale + mask) V.
#pragma once

#include <optional>

#include "ops/op_kind.h"

namespace corecast::op {

/// query [B, ..., L, E], key [B, ..., S, E], value [B, ..., S, V] -> [B, ..., L, V]. attn_mask
/// broadcasts to [B, ..., L, S]: false (or -inf) hides a key, a number is added. A query that sees
/// no key gives NaN. MIL has neither `scale` nor `is_causal`.
struct ScaledDotProductAttention {
  static constexpr OpKind kind = OpKind::ScaledDotProductAttention;
  ir::ValueId query, key, value, attn_mask;
  std::optional<double> scale;  ///< unset: 1 / sqrt(E)
  bool is_causal = false;       ///< query i sees keys 0 ... i only
};

}  // namespace corecast::op
