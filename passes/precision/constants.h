// f32 constants on their way to f16.
#pragma once

#include "base/stop.h"
#include "base/thread_pool.h"
#include "ir/tensor.h"

namespace corecast::passes::precision {

inline constexpr double kLargestHalf = 65504;
inline constexpr double kSmallestHalf = 0x1p-24;  ///< subnormal

/// What becomes of a constant's elements in f16.
struct HalfRange {
  double most = 0, least = 0;  ///< of the finite elements
  /// Of tensors with less than 1024 elements only, where single elements matter:
  double worst_error = 0;  ///< largest relative error of a non-zero element within the range
  bool vanishes = false;   ///< a non-zero element rounds to 0
  std::int64_t count = 0;
  bool overflows() const { return most > kLargestHalf || least < -kLargestHalf; }
};

/// Reads the f32 (or f64) tensor once, part by part; not necessarily in order. Leaves off when the
/// stop is requested.
HalfRange half_range(const ir::Tensor& t, ThreadPool& pool, const Stop& stop = {});

/// The tensor in f16. Finite elements beyond f16's range become +-limit. In a small tensor a
/// non-zero element stays one: such numbers keep a division from being one by zero. Large tensors
/// within the range are converted on demand, not copied.
ir::Tensor to_half(const ir::Tensor& t, const HalfRange& range, double limit = kLargestHalf);

/// An attribute's number: as an element of a small tensor.
double to_half(double number);

}  // namespace corecast::passes::precision
