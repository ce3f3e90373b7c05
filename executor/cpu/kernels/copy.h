// Strided copies: transposition, slices, concatenation, tiling, broadcasting and padding are all
// one walk over a box with a stride per axis on each side.
#pragma once

#include <cstdint>
#include <vector>

#include "base/thread_pool.h"

namespace corecast::cpu {

using Dims = std::vector<std::int64_t>;

/// A box of `dims` elements; strides in elements, of either sign or zero (source only).
struct StridedCopy {
  Dims dims;
  Dims from;
  Dims to;
};

/// Row-major strides.
Dims strides_of(const Dims& dims);

/// Elements are `element_size` bytes (1, 2, 4 or 8). Source and destination must not overlap.
void copy_strided(ThreadPool& pool, const StridedCopy& box, std::size_t element_size,
                  const void* from, void* to);

/// Nothing happens when both are the same place.
void copy_bytes(ThreadPool& pool, const void* from, void* to, std::int64_t bytes);

/// y[i0, i1, ...] = x with axes permuted: y's axis i is x's axis perm[i].
void permute(ThreadPool& pool, const Dims& x_dims, const Dims& perm, std::size_t element_size,
             const void* x, void* y);

}  // namespace corecast::cpu
