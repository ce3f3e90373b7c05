// The inner loops of pruning, one table per instruction set.
#pragma once

#include <cstdint>

#include "base/isa.h"

namespace corecast::compress {

struct PruneKernels {
  Isa isa;
  /// Sets bit i where the code of |x[i]| (x without its sign bit) is at least `least`, n bits; the
  /// rest of the last byte is 0. Returns the number of ones.
  std::int64_t (*keep_halves)(const std::uint16_t* x, std::int64_t n, std::uint32_t least,
                              std::uint8_t* bits);
  /// Magnitudes below `low` are counted, those of [low, high) each in bins[magnitude - low].
  std::int64_t (*count_halves)(const std::uint16_t* x, std::int64_t n, std::uint32_t low,
                               std::uint32_t high, std::uint32_t* bins);
  std::int64_t (*keep_words)(const std::uint32_t* x, std::int64_t n, std::uint32_t least,
                             std::uint8_t* bits);
  /// Copies the elements at the ones of n bits to `out`, and writes nothing beyond them.
  void (*select_bytes)(const std::uint8_t* x, const std::uint8_t* bits, std::int64_t n,
                       std::uint8_t* out);
  void (*select_halves)(const std::uint16_t* x, const std::uint8_t* bits, std::int64_t n,
                        std::uint16_t* out);
  void (*select_words)(const std::uint32_t* x, const std::uint8_t* bits, std::int64_t n,
                       std::uint32_t* out);
};

}  // namespace corecast::compress
