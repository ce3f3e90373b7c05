// The inner loops of vector palettisation, one table per instruction set. All sets give the same
// bits: sums are taken in the same order and nothing is fused.
#pragma once

#include <cstdint>

#include "base/isa.h"

namespace corecast::compress {

/// Vectors come in blocks by coordinate ("planes"); a block is padded to a multiple of this.
inline constexpr std::int64_t kVectorPad = 16;
/// Vectors whose distances are added up in float before doubles take over.
inline constexpr std::int64_t kSeedBlock = 256;

/// `n` vectors: coordinate j of vector i is x[j * stride + i], its weight w[j * w_stride + i].
struct VectorBlock {
  const float* x = nullptr;
  std::int64_t stride = 0;
  const float* w = nullptr;   ///< null: all weights are 1
  std::int64_t w_stride = 0;  ///< 0: one weight for each vector
  std::int64_t n = 0;         ///< loops run to the next multiple of kVectorPad
};

struct VectorKernels {
  Isa isa;
  void (*half_to_float)(const std::uint16_t* x, float* y, std::int64_t n);
  /// index[i] = the nearest of `k` entries [k, v], the first among equals; distance[i] = its
  /// squared distance, the weights counted. By v: 2, 4, 8.
  void (*assign[3])(const VectorBlock& b, const float* entries, int k, std::uint8_t* index,
                    float* distance);
  /// out[i] = min(nearest[i], squared distance to `entry`, the weights counted); sums[i] = the sum
  /// of out over block i of kSeedBlock. Vectors from n on have distance 0.
  void (*relax[3])(const VectorBlock& b, const float* entry, const float* nearest, float* out,
                   float* sums);
  /// bin[i] = clamp((x[i] - lo) * scale, 0, last), to the nearest integer.
  void (*bins)(const float* x, std::int64_t n, float lo, float scale, float last,
               std::int32_t* bin);
};

inline int slot_of_vector(std::int64_t v) { return v == 2 ? 0 : v == 4 ? 1 : 2; }

}  // namespace corecast::compress
