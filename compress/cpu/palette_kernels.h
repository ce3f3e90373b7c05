// The inner loops of palettisation, one table of them per instruction set (base/isa.h).
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/isa.h"

namespace corecast::compress {

struct WalkCandidate {
  std::int32_t from, since;
};
/// Nodes 0 to n of a way through n points; node i lies before point i. kWalkPadding more elements
/// of weight and sum can be read.
struct WalkNodes {
  const double* weight;  ///< [n + 1], sums of the points before the node; ascending
  const double* sum;     ///< [n + 1]
  double* best;          ///< [n + 1], out: the length of the shortest way to here; in: [0]
  std::int32_t* from;    ///< [n + 1], out: the node before on that way
  WalkCandidate* queue;  ///< [n + 1], scratch
};
inline constexpr std::size_t kWalkPadding = 32;

/// Limits between neighbouring entries: element x gets the number of limits below x. Ascending;
/// the last ones may repeat the largest value.
struct PaletteKernels {
  Isa isa;
  /// Bits up to which assign_half is faster than a table of all 65,536 codes.
  int most_bits;
  /// Indices of f16 codes: limits are 2^bits - 1 keys as half_key makes them.
  void (*assign_half)(const std::uint16_t* codes, std::int64_t n, const std::int16_t* limits,
                      int bits, std::uint8_t* indices);
  /// Indices of floats, with 2^bits - 1 limits.
  void (*assign_float)(const float* values, std::int64_t n, const float* limits, int bits,
                       std::uint8_t* indices);
  /// Indices by code.
  void (*look_up)(const std::uint16_t* codes, std::int64_t n, const std::uint8_t* table,
                  std::uint8_t* indices);
  /// Entries for x * inverse, and what a least squares scale needs of them: sums[0] of
  /// weight * entry * x, sums[1] of weight * entry^2. Null weights are all 1; [2^bits] entries. All
  /// sets give the same bits.
  void (*scaled_sums)(const float* x, const float* weights, std::int64_t n, float inverse,
                      const float* limits, const float* entries, int bits, double sums[2]);
  /// Packs indices below 2^bits, lowest bits first; the last byte is padded with zeros. bits: 1, 2,
  /// 3, 4, 6 or 8.
  void (*pack)(const std::uint8_t* indices, std::int64_t n, int bits, std::uint8_t* packed);
  /// The shortest way from node 0 to n where a run from i to j has the length
  /// price - (sum[j] - sum[i])^2 / (weight[j] - weight[i]). All sets give the same bits.
  void (*walk)(const WalkNodes& nodes, std::int32_t n, double price);
};

}  // namespace corecast::compress
