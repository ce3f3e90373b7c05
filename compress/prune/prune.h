// Pruning: the least weights become zero, and only the others are stored.
#pragma once

#include "base/thread_pool.h"
#include "compress/values.h"

namespace corecast::compress {

/// Which elements stay: u1 of the weight's shape, packed (ir/dtype.h; the unused high bits of the
/// last byte are 0). A zero (or -0) never stays: it costs nothing to leave out.
struct Mask {
  std::shared_ptr<ir::OwnedBuffer> bits;
  std::int64_t count = 0;  ///< elements
  std::int64_t kept = 0;   ///< ones
};

/// Elements (or blocks) that a ratio in [0, 1] removes from `count`: the nearest integer.
std::int64_t pruned_count(double ratio, std::int64_t count);

/// Removes the fraction `ratio` (in [0, 1]) of smallest |w| (times the square root of the
/// importance, in f32): exactly pruned_count elements, or all zeros where there are more, ties by
/// position, later ones first. 0 keeps all that is not zero, 1 nothing. coremltools removes
/// |w| <= an interpolated percentile: the same to within one element where magnitudes are distinct,
/// but of many equal ones at the cut it removes all.
/// The result does not depend on the pool's size.
Mask mask_by_ratio(const Values& w, double ratio, const Importance& importance, ThreadPool& pool);
/// Keeps |w| > threshold (>= 0).
Mask mask_by_threshold(const Values& w, double threshold, ThreadPool& pool);
/// In every m consecutive elements along the axis the n smallest |w| go, later ones first among
/// equals (the last group may be short: its missing elements count as zeros that went first).
/// 0 <= n <= m, m > 0.
Mask mask_n_of_m(const Values& w, const Axis& axis, std::int64_t n, std::int64_t m,
                 ThreadPool& pool);
/// Blocks of `block` elements along the axis go whole, the fraction `ratio` with the smallest
/// Euclidean norm (in f32; the last block of a row may be short), later ones first among equals.
Mask mask_blocks(const Values& w, const Axis& axis, std::int64_t block, double ratio,
                 ThreadPool& pool);

/// The elements at the ones of `mask`, row-major: `bits`-wide elements (1 to 8, 16 or 32) of a
/// packed buffer, packed again.
std::shared_ptr<ir::OwnedBuffer> select(ByteView data, int bits, const Mask& mask,
                                        ThreadPool& pool);

}  // namespace corecast::compress
