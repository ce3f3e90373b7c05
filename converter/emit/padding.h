// Padding as numpy has it: constants, reflections, edges and wrapping around; negative amounts
// crop.
#pragma once

#include "converter/emit/emit.h"

namespace corecast::emit {

struct Padding {
  enum class Mode : unsigned char { constant, reflect, edge, wrap };
  ValueId x;
  std::vector<std::int64_t> before, after;  ///< one each per dimension of x
  Mode mode = Mode::constant;
  double constant = 0;
};

/// x with `before` and `after` elements more (fewer where negative) in each dimension.
ValueId padded(Emit& e, const Padding& p);

}  // namespace corecast::emit
