// Pruning: the least weights become zero, and only the others are stored.
#pragma once

#include "base/thread_pool.h"
#include "compress/values.h"

namespace corecast::compress {

/// Which elements stay: u1 of the weight's shape, packed (ir/dtype.h; the unused high bits of the
/// last byte are 0).
struct Mask {
  std::shared_ptr<ir::OwnedBuffer> bits;
  std::int64_t count = 0;  ///< elements
  std::int64_t kept = 0;   ///< ones
};

/// Zeroes the fraction `ratio` (in [0, 1]) of smallest |w| (times the square root of the
/// importance): exactly round(ratio * count) elements, ties by position, later ones first. Zeros
/// (and -0) are never kept. 0 keeps all that is not zero, 1 nothing.
Mask mask_by_ratio(const Values& w, double ratio, const Importance& importance, ThreadPool& pool);
/// Keeps |w| > threshold (>= 0).
Mask mask_by_threshold(const Values& w, double threshold, ThreadPool& pool);
/// The |w| below or at which mask_by_ratio cuts for several weights taken together (global ratio):
/// the smallest v such that at least ratio * total elements have |w| <= v.
class GlobalThreshold {
 public:
  void add(const Values& w, ThreadPool& pool);
  double at(double ratio) const;

 private:
  std::vector<std::int64_t> counts_;  // by the upper bits of |w|
};
/// In every m consecutive elements along the axis the n smallest |w| go (the last group may be
/// short: its missing elements count as zeros that went first).
Mask mask_n_of_m(const Values& w, const Axis& axis, std::int64_t n, std::int64_t m,
                 ThreadPool& pool);
/// Blocks of `block` elements along the axis go whole, the fraction `ratio` with the smallest
/// Euclidean norm (the last block of a row may be short).
Mask mask_blocks(const Values& w, const Axis& axis, std::int64_t block, double ratio,
                 ThreadPool& pool);

/// The elements at the ones of `mask`, row-major: `bits`-wide elements of a packed buffer (u1..u8,
/// i4, i8, f16, f32), packed again.
std::shared_ptr<ir::OwnedBuffer> select(ByteView data, int bits, const Mask& mask,
                                        ThreadPool& pool);

}  // namespace corecast::compress
