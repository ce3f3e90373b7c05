// Constant factors, moved and merged.
#pragma once

#include "passes/pattern.h"

namespace corecast::passes::fuse {

/// u * factor, where u's own sign or uniform factor joins in: 0.5 of 2 * x is x. Empty when the
/// factor is none in u's type.
ValueId times(Match& m, ValueId u, double factor);

/// -x, or x * -1.
Pattern minus(const Pattern& x);

/// Whether an op's epsilon is too small to matter next to 1.
inline bool is_nothing(double epsilon) { return epsilon >= 0 && epsilon < 1e-30; }

}  // namespace corecast::passes::fuse
