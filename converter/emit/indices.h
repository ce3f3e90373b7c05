// Indices that count from the end where they are negative, as sources have them; MIL's must not be
// negative from iOS 17 on.
#pragma once

#include "converter/emit/emit.h"

namespace corecast::emit {

/// Whether every element of an integer value is known to be at least 0: sizes, results of ops that
/// give positions, and what is computed from such.
bool never_negative(Emit& e, ValueId v);

/// Whether `indices`, an input of the model, look up rows of a constant table: numbers of words and
/// the like, which are never negative.
bool is_lookup(Emit& e, ValueId table, ValueId indices);

/// `indices` with `extent`, which broadcasts against them and has their element type, added where
/// they are negative.
ValueId moved_up(Emit& e, ValueId indices, ValueId extent);

/// `indices` into dimension `axis` of x (negative counts from the end), none negative.
ValueId positive_indices(Emit& e, ValueId x, std::int64_t axis, ValueId indices);

/// The same for multi-indices, whose last dimension addresses the dimensions of x from `first` on.
ValueId positive_multi_indices(Emit& e, ValueId x, std::int64_t first, ValueId indices);

}  // namespace corecast::emit
