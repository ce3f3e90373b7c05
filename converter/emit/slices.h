// Slices as numpy and Python write them, x[start:end:step], as MIL's slice_by_index.
#pragma once

#include "converter/emit/emit.h"

namespace corecast::emit {

struct Slices {
  ValueId x;
  ValueId starts, ends;             ///< integer vectors, an element per axis; perhaps computed
  std::vector<std::int64_t> axes;   ///< negative counts from the end; empty: the first ones
  std::vector<std::int64_t> steps;  ///< not 0; empty: all 1
};

/// x cut along `axes`; what is not named is kept whole. Negative bounds count from the end and all
/// are clamped to the size, as numpy does. A bound that is known to reach the edge becomes a mask,
/// so that flexible sizes stay exact; x itself comes back when nothing is cut. Problems: vectors
/// that differ in length or have none that is known, a step of 0, a bad axis.
ValueId sliced(Emit& e, const Slices& s);

/// x[..., from:to, ...] along one axis, which counts from 0; numbers within the size, absent ones
/// stand for its edges.
ValueId slice_axis(Emit& e, ValueId x, std::int64_t axis, std::optional<std::int64_t> from,
                   std::optional<std::int64_t> to);

}  // namespace corecast::emit
