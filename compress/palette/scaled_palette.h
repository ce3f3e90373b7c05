// Palettes with scales: every block of weights has a scale, and what remains shares a short table.
// weight ~ scale[block] * table[index]; in MIL a constexpr_lut_to_dense below a
// constexpr_blockwise_shift_scale.
#pragma once

#include "compress/palette/palette.h"

namespace corecast::compress {

enum class ScaleFit : unsigned char {
  largest,  ///< max |w| of the block, as coremltools' per-channel scales
  error,    ///< scales and tables together, for the smallest error
};

struct ScaledPaletteSpec {
  int bits = 4;            ///< 1, 2, 3, 4, 6 or 8
  std::int64_t axis = 0;   ///< whose channels are grouped
  std::int64_t group = 0;  ///< channels that share a table; 0: all. Divides them.
  /// Elements of each dim that share a scale, one number per dim; each divides its dim. For
  /// ScaleFit::error a block lies within one group.
  std::vector<std::int64_t> block;
  ScaleFit fit = ScaleFit::error;
};

struct ScaledPalette {
  /// `error` is that of the scaled entries, rounded to the weight's dtype; no bound is known.
  Palette palette;
  std::vector<std::int64_t> scale_dims;  ///< dims / block
  std::vector<float> scales;             ///< not zero; representable in the weight's dtype
};

/// Palettises `w` of shape `dims`. Every element must be finite. Blocks of zeros get the scale 1
/// and the entry nearest to 0. ScaleFit::error alternates between the best table for the scaled
/// weights (k-means) and, for each block, the best of some dozens of scales, each mended by least
/// squares, on a sample of the blocks until a round gains less than 1e-4; from scales by the
/// largest and by the mean square, of which the better result stays. The result does not depend on
/// the pool's size.
ScaledPalette palettize_scaled(const Values& w, const std::vector<std::int64_t>& dims,
                               const ScaledPaletteSpec& spec, const Importance& importance,
                               ThreadPool& pool);

}  // namespace corecast::compress
