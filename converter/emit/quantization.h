// Quantized values of source formats: scale and zero point, per tensor, per channel or per block.
//
// Constants stay as they are stored (constexpr ops). What Core ML has no op for becomes arithmetic.
#pragma once

#include "converter/emit/emit.h"

namespace corecast::emit {

/// Scale and zero point of a value x: scalars; or vectors along `axis`; or one each per block, of
/// x's rank (`blocked`).
struct Scheme {
  ValueId scale;
  ValueId zero;                      ///< may be empty: 0
  std::optional<std::int64_t> axis;  ///< counts from 0
  bool blocked = false;
};

/// The scheme of `x`; `axis` (negative counts from the end) is where vectors lie. Vectors of one
/// element become scalars. Problems: shapes of scale and zero point that differ, a bad axis.
Scheme scheme(Emit& e, ValueId x, ValueId scale, ValueId zero, std::int64_t axis);

/// (x - zero) * scale, in the scale's element type.
/// A problem: blocks of a value that is computed, or blocks that do not divide its sizes.
ValueId dequantized(Emit& e, ValueId x, const Scheme& s);

/// round(x / scale) + zero as `to`, an integer type, within its limits. A problem: blocks.
ValueId quantized(Emit& e, ValueId x, const Scheme& s, DType to);

/// x less `zero` (empty: 0; laid out as in scheme()) in `to`, which holds the difference exactly.
/// Problems: as scheme(), and a zero point per block.
ValueId centered(Emit& e, ValueId x, ValueId zero, std::int64_t axis, DType to);

}  // namespace corecast::emit
