// einsum: sums of products named by index letters.
#pragma once

#include <string>
#include <vector>

#include "ops/op_kind.h"

namespace corecast::op {

/// numpy's einsum over any number of operands of one dtype, with "...", repeated letters
/// (diagonals) and an optional "->". A size of 1 broadcasts. MIL takes only two operands, and only
/// equations that are "nchw,nwhu->nchu" or "chw,whr->chr" up to the names of the letters.
struct Einsum {
  static constexpr OpKind kind = OpKind::Einsum;
  std::vector<ir::ValueId> values;
  std::string equation;
};

}  // namespace corecast::op
