// Reshapes of flexible sizes: targets with a -1, with sizes that are copied, and computed ones.
#pragma once

#include "converter/emit/emit.h"

namespace corecast::emit {

/// The product of the sizes from..to-1.
Dim product(const Shape& s, std::int64_t from, std::int64_t to);

/// A vector for reshape whose elements are `dims`, of which at most one may be symbolic (it becomes
/// -1); else an empty id.
ValueId reshape_target(Emit& e, const Dims& dims);

/// x as `target` says, an integer vector, perhaps computed: one element may be -1, which takes what
/// the others leave; with `zero_copies` a 0 stands for x's size at its place.
/// Problems: a target that does not fit x's sizes.
ValueId reshaped(Emit& e, ValueId x, ValueId target, bool zero_copies);

}  // namespace corecast::emit
