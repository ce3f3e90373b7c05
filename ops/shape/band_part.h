// band_part: a band around the diagonal kept.
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

/// x with zeros outside a band of its last two dimensions: element (m, n + diagonal) is kept where
/// m - n <= lower (or lower < 0) and n - m <= upper (or upper < 0).
struct BandPart {
  static constexpr OpKind kind = OpKind::BandPart;
  ir::ValueId x;
  std::int64_t lower = -1;
  std::int64_t upper = -1;
  std::int64_t diagonal = 0;
};

}  // namespace corecast::op
