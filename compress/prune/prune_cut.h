// Where to cut a sequence of magnitudes so that a given number of them goes.
#pragma once

#include "base/thread_pool.h"
#include "compress/prune/prune.h"

namespace corecast::compress {

/// Magnitudes as integers in the same order: f16 codes without their sign (15 bits), or f32 ones
/// (31 bits), 0 only for elements that are zero.
class Magnitudes {
 public:
  Magnitudes(const Values& w, const Importance& importance) : w_(w), importance_(importance) {}

  std::int64_t size() const { return w_.size(); }
  /// 16-bit codes of the weight itself.
  bool narrow() const { return w_.is_half() && importance_.empty(); }
  const std::uint16_t* codes() const;
  /// 31-bit codes of elements [start, start + n); `space` holds n, and need not be used.
  const std::uint32_t* words(std::int64_t start, std::int64_t n, std::uint32_t* space) const;

 private:
  Values w_;
  Importance importance_;
};

/// Removes `count` elements: the smallest, later ones first among equals, and all zeros.
Mask cut(const Magnitudes& magnitudes, std::int64_t count, ThreadPool& pool);
/// Keeps magnitudes of at least `least` (> 0).
Mask keep_at_least(const Magnitudes& magnitudes, std::uint32_t least, ThreadPool& pool);

/// An all-zero mask.
Mask empty_mask(std::int64_t count);
inline std::uint8_t* bytes_of(Mask& mask) {
  return static_cast<std::uint8_t*>(static_cast<void*>(mask.bits->mutable_bytes()));
}
inline const std::uint8_t* bytes_of(const Mask& mask) {
  return static_cast<const std::uint8_t*>(static_cast<const void*>(mask.bits->bytes().data()));
}

}  // namespace corecast::compress
