// Padding: elements added around a tensor.
#pragma once

#include "base/thread_pool.h"
#include "executor/cpu/kernels/copy.h"

namespace corecast::cpu {

enum class PadMode : unsigned char {
  constant,
  reflect,    ///< about the edge element, which is not repeated; at most size - 1 on a side
  replicate,  ///< the edge element
};

/// y's element i along an axis shows x's element i - before.
struct PadShape {
  Dims x, y, before;
  PadMode mode = PadMode::constant;
};

/// Elements are `element_size` bytes (1, 2, 4 or 8); `value` is one of them, for constant. With
/// reflect and replicate no dim of x is 0 unless that of y is.
void pad(ThreadPool& pool, const PadShape& s, std::size_t element_size, const void* value,
         const void* x, void* y);

}  // namespace corecast::cpu
