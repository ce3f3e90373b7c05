// pad: elements added around a tensor.
#pragma once

#include <string>

#include "ops/op_kind.h"

namespace corecast::op {

/// x with pad[2i] elements before and pad[2i+1] after each of its LAST n dimensions, pad having 2n
/// entries, outermost dimension first, none negative. mode: "constant" (constant_val), "reflect"
/// (about the edge element, which is not repeated; at most size - 1), "replicate" (the edge
/// element).
struct Pad {
  static constexpr OpKind kind = OpKind::Pad;
  ir::ValueId x, pad;
  std::string mode = "constant";
  double constant_val = 0;
};

}  // namespace corecast::op
