// Indices that count from the end where they are negative, as sources have them. Ops that take
// indices say so themselves (`wraps`); a frontend leaves it out where it makes no difference.
#pragma once

#include "converter/emit/emit.h"

namespace corecast::emit {

/// Whether every element of an integer value is known to be at least 0: sizes, results of ops that
/// give positions, and what is computed from such.
bool never_negative(Emit& e, ValueId v);

}  // namespace corecast::emit
