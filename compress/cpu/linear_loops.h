// Ranges, grids that span them, and the integers themselves. Included only by linear_<isa>.cpp.
#pragma once

#include <limits>

#include "compress/cpu/linear_tiles.h"

namespace corecast::compress::linear_loops::CC_SIMD {

inline void range(const LinearTile& tile, LinearRange& out) {
  V lo{}, hi{};
  for (std::int64_t r = 0; r < tile.rows; ++r) {
    V x = load16(tile.x + r * kLanes);
    if (tile.importance) x = where(load16(tile.importance + r * kLanes) > V{}, x, V{});
    lo = lesser(lo, x);
    hi = greater(hi, x);
  }
  if (tile.folded) {
    lo = across(lo, [](F a, F b) { return at_most(a, b); });
    hi = across(hi, [](F a, F b) { return at_least(a, b); });
  }
  store16(out.lo, lo);
  store16(out.hi, hi);
}

/// A scale that can be stored: of the weight's dtype, normal, and with finite products.
template <bool Half>
CC_INLINE V storable_scale(const LinearLevels& levels, const V& scale, const V& offset) {
  const V reach = greater(splat(levels.highest) - offset, offset - splat(levels.lowest));
  // 65520 is the first number that rounds to infinity.
  const V top =
      splat(Half ? 65519.99f : std::numeric_limits<float>::max() * (1 - 0x1p-22f)) / reach;
  const V most = Half ? truncate_to_half(top) : top;
  const V least = splat(Half ? 0x1p-14f : std::numeric_limits<float>::min());
  return clamp(stored<Half>(scale), least, most);
}

CC_INLINE M finite(const V& x) { return abs(x) < splat(std::numeric_limits<float>::infinity()); }

template <bool Half>
CC_INLINE V offset_of_range(const LinearLevels& levels, const V& lo, const V& hi) {
  if (levels.symmetric) return splat(levels.middle);
  const V lowest = splat(levels.lowest), highest = splat(levels.highest);
  // Every step in the weight's arithmetic, as coremltools has it.
  const V shifted = stored<Half>(stored<Half>(lowest * hi) - stored<Half>(highest * lo));
  const V same = stored<Half>(shifted / stored<Half>(hi - lo));
  // Where that overflows, the same formula on smaller numbers and in floats.
  const V small = splat(0x1p-10f);
  const V lo_small = lo * small, hi_small = hi * small;
  const V wide = (lowest * hi_small - highest * lo_small) / (hi_small - lo_small);
  const M usable = finite(stored<Half>(hi - lo)) & finite(shifted) & finite(same);
  const V offset = where(usable, same, where(finite(wide), wide, V{}));
  return nearest(clamp(offset, lowest, highest));
}

template <bool Half>
CC_INLINE void span_range_as(const LinearLevels& levels, const LinearRange& range,
                             LinearGrid& grid) {
  V lo = load16(range.lo), hi = load16(range.hi);
  if (levels.symmetric) {
    hi = greater(hi, -lo);
    lo = -hi;
  }
  const V steps = splat(levels.highest - levels.lowest);
  const V width = stored<Half>(hi - lo);
  // Where the dtype's range is too small for the width, floats have it, or quotients do.
  const V wide = Half ? (hi - lo) / steps : hi / steps - lo / steps;
  const V exact = where(finite(width), width / steps, wide);
  const V offset = offset_of_range<Half>(levels, lo, hi);
  const V scale = storable_scale<Half>(levels, exact, offset);
  store16(grid.scale, where(lo == hi, splat(1.f), scale));
  store16(grid.offset, offset);
  for (std::int32_t& h : grid.half_quotient) h = Half ? -1 : 0;
}
inline void span_range(const LinearLevels& levels, const LinearRange& range, LinearGrid& grid) {
  levels.half ? span_range_as<true>(levels, range, grid)
              : span_range_as<false>(levels, range, grid);
}

/// The grid of a tile in registers.
struct Grid {
  V scale, inverse, offset, lo, hi;  ///< lo, hi: the range of integer - offset
  M half_quotient;
};
CC_INLINE Grid make_grid(const LinearLevels& levels, const V& scale, const V& offset) {
  return {scale,
          splat(1.f) / scale,
          offset,
          splat(levels.lowest) - offset,
          splat(levels.highest) - offset,
          M{}};
}
CC_INLINE Grid load_grid(const LinearLevels& levels, const LinearGrid& g) {
  Grid grid = make_grid(levels, load16(g.scale), load16(g.offset));
  std::memcpy(&grid.half_quotient, g.half_quotient, sizeof grid.half_quotient);
  return grid;
}

/// Whether rounding x to f16 hangs on its last few bits.
CC_INLINE M near_half_tie(const V& x) {
  M m;
  CC_EACH {
    const I rest = bits(x.p[i]) & set1i(0x1fff);
    m.p[i] = (rest > set1i(0x1000 - 4)) & (rest < set1i(0x1000 + 4));
  }
  return m;
}

/// The integer (less the offset) that an element becomes: the quotient's, as coremltools has it.
/// With an f16 scale, x times the inverse serves as well: it is within 2 units of the last place of
/// the quotient, which rounding to f16 takes away but next to its ties; and where nothing is
/// rounded to f16, a tie costs the same on both sides.
template <bool Half>
CC_INLINE V integer_of(const V& x, const Grid& g) {
  V quotient = Half ? x * g.inverse : x / g.scale;
  if (Half) {
    const V exact = any(near_half_tie(quotient)) ? x / g.scale : quotient;
    quotient = where(g.half_quotient, round_half(exact), quotient);
  }
  return nearest(clamp(quotient, g.lo, g.hi));
}

template <bool Half>
CC_INLINE void quantize_as(const LinearTile& tile, const LinearLevels& levels,
                           const LinearGrid& grid, std::uint8_t* codes, double* error) {
  const Grid g = load_grid(levels, grid);
  double total[kLanes] = {};
  for (std::int64_t begin = 0; begin < tile.rows; begin += 64) {
    const std::int64_t end = begin + 64 < tile.rows ? begin + 64 : tile.rows;
    V sum{};
    for (std::int64_t r = begin; r < end; ++r) {
      const V x = load16(tile.x + r * kLanes);
      const V q = integer_of<Half>(x, g);
      // In steps: their squares neither vanish nor overflow.
      const V e = (x - stored<Half>(q * g.scale)) * g.inverse;
      sum = sum + (tile.importance ? e * e * load16(tile.importance + r * kLanes) : e * e);
      if (codes) store_codes(codes + r * kLanes, q + g.offset);
    }
    float lanes[kLanes];
    store16(lanes, sum);
    for (int j = 0; j < kLanes; ++j) total[j] += static_cast<double>(lanes[j]);
  }
  for (int j = 0; j < kLanes; ++j) {
    const auto scale = static_cast<double>(grid.scale[j]);
    error[j] = total[j] * scale * scale;
  }
}
inline void quantize(const LinearTile& tile, const LinearLevels& levels, const LinearGrid& grid,
                     std::uint8_t* codes, double* error) {
  levels.half ? quantize_as<true>(tile, levels, grid, codes, error)
              : quantize_as<false>(tile, levels, grid, codes, error);
}

}  // namespace corecast::compress::linear_loops::CC_SIMD
