// Palettes with a scale beside them: weight ~ scale[block] * table[index].
#pragma once

#include "compress/palette.h"

namespace corecast::compress {

struct ScaledPaletteSpec {
  int bits = 4;            ///< 1, 2, 3, 4, 6 or 8
  std::int64_t group = 0;  ///< channels that share a table; 0: all
  std::vector<std::int64_t>
      block;  ///< elements of each dim that share a scale; each divides its dim
};

struct ScaledPalette {
  Palette palette;                       ///< of the weights divided by their scales; its error is
                                         ///< that of the products, its bound 0
  std::vector<std::int64_t> scale_dims;  ///< dims / block
  std::vector<float> scales;             ///< positive, representable in the weight's dtype
};

/// Alternates least-squares scales and weighted k-means until the error settles. `axis` is that of
/// the tables' groups. Every element must be finite. The result does not depend on the pool's size.
ScaledPalette palettise_scaled(const Values& w, const std::vector<std::int64_t>& dims,
                               std::int64_t axis, const ScaledPaletteSpec& spec,
                               const Importance& importance, ThreadPool& pool);

}  // namespace corecast::compress
