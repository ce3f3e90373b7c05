// Max and average pooling on blocked channels, one or two spatial dims.
#pragma once

#include "executor/cpu/kernels/conv.h"

namespace corecast::cpu {

struct PoolShape {
  ConvShape window;  ///< c == oc; groups are ignored; in[0] = kernel[0] = 1
  bool average = false;
  /// Average: divide by the elements inside the input; else by those inside the padded input (a
  /// window reaching beyond the padding, as ceil mode allows, is cut there).
  bool exclude_padding = false;
};

/// x, y blocked. A window without any element gives -inf (max) or NaN (average, excluding padding).
void pool_windows(ThreadPool& pool, const PoolShape& s, const float* x, float* y);

}  // namespace corecast::cpu
