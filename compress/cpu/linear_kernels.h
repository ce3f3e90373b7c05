// The inner loops of linear quantisation, one table per instruction set. All sets give the same
// bits: sums have a fixed order and nothing is fused.
//
// The loops see a weight as tiles [rows][16] of floats. A lane is a block (16 blocks side by side),
// or, folded, all 16 lanes hold one long block, filled up with zeros, and sums go across them.
#pragma once

#include <cstdint>

#include "base/isa.h"

namespace corecast::compress {

inline constexpr int kLanes = 16;

struct LinearTile {
  const float* x = nullptr;           ///< [rows][kLanes], finite
  const float* importance = nullptr;  ///< as x; null: all 1
  std::int64_t rows = 0;
  bool folded = false;
};

/// The integers there are, and the arithmetic of the weight.
struct LinearLevels {
  float lowest = -127;
  float highest = 127;
  float middle = 0;       ///< the offset of a symmetric mode
  bool symmetric = true;  ///< else each block has its own offset
  bool half = false;      ///< scales and products are rounded to f16, else to f32
};

/// One scale and offset per lane.
struct LinearGrid {
  alignas(64) float scale[kLanes];
  alignas(64) float offset[kLanes];
  /// -1: the quotient weight / scale is rounded to f16 before it is rounded to an integer (which
  /// is what coremltools does with an f16 weight); 0: it is not.
  alignas(64) std::int32_t half_quotient[kLanes];
};

/// Smallest and largest element of the lanes and 0, elements without importance left out.
struct LinearRange {
  alignas(64) float lo[kLanes];
  alignas(64) float hi[kLanes];
};

struct LinearKernels {
  Isa isa;

  void (*widen)(const std::uint16_t* x, float* y, std::int64_t n);
  /// Lane j of the tile [n][kLanes] is x[j * n, (j + 1) * n); lanes from `lanes` on repeat the
  /// last.
  void (*tile_of_rows)(const float* x, std::int64_t n, int lanes, float* tile);
  void (*tile_of_half_rows)(const std::uint16_t* x, std::int64_t n, int lanes, float* tile);
  /// codes [n][kLanes] to rows [kLanes][n].
  void (*rows_of_codes)(const std::uint8_t* codes, std::int64_t n, std::uint8_t* rows);
  /// Two codes per byte, the first one low.
  void (*pack_pairs)(const std::uint8_t* codes, std::int64_t bytes, std::uint8_t* out);

  void (*range)(const LinearTile& tile, LinearRange& range);
  /// The grid that spans the range.
  void (*span_range)(const LinearLevels& levels, const LinearRange& range, LinearGrid& grid);
  /// Better grids for squared error; starts from span_range's and never ends worse.
  void (*search_squared)(const LinearTile& tile, const LinearLevels& levels, LinearGrid& grid);
  /// The same for the sum of |error|^(3/4), which minds outliers less.
  void (*search_robust)(const LinearTile& tile, const LinearLevels& levels, LinearGrid& grid);
  /// codes[rows][kLanes] (null: only the error). error[lane] = sum of importance * (x - stored)^2.
  void (*quantize)(const LinearTile& tile, const LinearLevels& levels, const LinearGrid& grid,
                   std::uint8_t* codes, double* error);
};

}  // namespace corecast::compress
