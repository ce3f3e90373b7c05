// The search for scales and offsets, 16 blocks at a time. Included only by linear_<isa>.cpp.
//
// The cost of a scale is a jagged function: a coarse geometric scan finds the valley, finer ones
// its floor, and every trial yields a better scale in closed form (least squares, the integers
// given). Offsets take steps, halved from an eighth of the levels down to 1.
#pragma once

#include <type_traits>

#include "compress/cpu/linear_loops.h"

namespace corecast::compress::linear_loops::CC_SIMD {

/// What one trial of a scale tells.
struct Trial {
  V cost;  ///< of the scale `at`, in units of the first grid's steps
  V at;
  V fit;  ///< the best scale for the integers of this trial
};

/// Squared error. The integers of the trial with the scale that fits them best cost
/// scale^2 (sum r^2 - (sum r q)^2 / sum q^2), r being the remainders in steps.
struct Squared {
  static CC_INLINE Trial measure(const LinearTile& t, const Grid& g, const V& unit) {
    V s[3];
    if (t.importance) {
      sum_rows(t.rows, t.folded, s, [&](std::int64_t row, V(&part)[3]) {
        const V w = load16(t.importance + row * kLanes);
        const V x = load16(t.x + row * kLanes) * g.inverse;
        const V q = nearest(clamp(x, g.lo, g.hi));
        const V r = x - q, wq = w * q;
        part[0] = part[0] + w * r * r;
        part[1] = part[1] + wq * r;
        part[2] = part[2] + wq * q;
      });
    } else {
      sum_rows(t.rows, t.folded, s, [&](std::int64_t row, V(&part)[3]) {
        const V x = load16(t.x + row * kLanes) * g.inverse;
        const V q = nearest(clamp(x, g.lo, g.hi));
        const V r = x - q;
        part[0] = part[0] + r * r;
        part[1] = part[1] + r * q;
        part[2] = part[2] + q * q;
      });
    }
    const V ratio = where(s[2] > V{}, s[1] / s[2], V{});
    const V steps = g.scale * unit;
    const V fit = g.scale * (splat(1.f) + ratio);
    return {steps * steps * (s[0] - ratio * s[1]), fit, fit};
  }
};

/// Sum of |error|^(3/4), by half-quadratic splitting: the part of a remainder beyond what the
/// shrinkage operator of the norm takes counts as an outlier and is taken off before the fit.
struct Robust {
  static CC_INLINE Trial measure(const LinearTile& t, const Grid& g, const V& unit) {
    const V shrinkage = splat(0.5f);  // remainders up to 0.57 of a step are no outliers
    V s[3];
    sum_rows(t.rows, t.folded, s, [&](std::int64_t row, V(&part)[3]) {
      const V w = t.importance ? load16(t.importance + row * kLanes) : splat(1.f);
      const V x = load16(t.x + row * kLanes) * g.inverse;
      const V q = nearest(clamp(x, g.lo, g.hi));
      const V r = x - q;
      const V size = abs(r), size_root = root(size), fourth_root = root(size_root);
      const V outlier = with_sign(greater(size - shrinkage / fourth_root, V{}), r);
      const V wq = w * q;
      part[0] = part[0] + w * size_root * fourth_root;
      part[1] = part[1] + wq * (r - outlier);
      part[2] = part[2] + wq * q;
    });
    const V ratio = where(s[2] > V{}, s[1] / s[2], V{});
    const V steps = root(g.scale * unit);
    return {steps * root(steps) * s[0], g.scale, g.scale * (splat(1.f) + ratio)};
  }
};

CC_INLINE bool few_levels(const LinearLevels& levels) {
  return levels.highest - levels.lowest < 16;
}

struct Best {
  V cost, scale, fit, trial, offset;

  CC_INLINE M offer(const Trial& t, const V& tried, const V& at_offset) {
    const M better = t.cost < cost;
    cost = where(better, t.cost, cost);
    scale = where(better, t.at, scale);
    fit = where(better, t.fit, fit);
    trial = where(better, tried, trial);
    offset = where(better, at_offset, offset);
    return better;
  }
};

template <class Objective>
struct Search {
  const LinearTile& tile;
  const LinearLevels& levels;
  V unit;
  Best best;

  // Not inlined: called from a dozen places.
  __attribute__((noinline)) bool attempt(const V& scale, const V& offset) {
    const Trial t = Objective::measure(tile, make_grid(levels, scale, offset), unit);
    return any(best.offer(t, scale, offset));
  }

  void coarse(const V& scale, const V& offset) {
    // With few levels, a block may sit better on a grid that reaches beyond it.
    V s = scale * splat(few_levels(levels) ? 1.41421356f : 1.f);
    // With many levels the cost is smooth, and has but one valley.
    const int least = few_levels(levels) ? 6 : 2;
    int idle = 0;
    for (int k = 0; k < 44 && (k < least || idle < 2); ++k) {
      idle = attempt(s, offset) ? 0 : idle + 1;
      s = s * splat(0.840896415f);  // 2^(-1/4)
    }
  }
  void around(float ratio) {
    const V trial = best.trial, offset = best.offset;
    attempt(trial * splat(ratio), offset);
    attempt(trial * splat(1 / ratio), offset);
  }
  void offsets(int first) {
    const V lowest = splat(levels.lowest), highest = splat(levels.highest);
    for (int step = first; step > 0; step /= 2) {
      const V trial = best.trial, offset = best.offset, by = splat(static_cast<float>(step));
      attempt(trial, clamp(offset + by, lowest, highest));
      attempt(trial, clamp(offset - by, lowest, highest));
    }
  }
  /// The closed form again and again, as long as it gains something.
  void refit(int most) {
    for (int k = 0; k < most; ++k)
      if (!attempt(best.fit, best.offset)) break;
  }
  void run(const V& scale, const V& offset) {
    if (std::is_same_v<Objective, Robust>) {  // stays near the range: it would clip too much
      attempt(scale, offset);
      refit(10);
      if (!levels.symmetric) offsets(1);
      refit(10);
      return;
    }
    coarse(scale, offset);
    if (!levels.symmetric) offsets(static_cast<int>(levels.highest - levels.lowest + 1) / 8);
    if (few_levels(levels)) around(1.0905077f);  // 2^(1/8)
    around(1.0442738f);                          // 2^(1/16)
    around(1.0218972f);
    if (!levels.symmetric) offsets(1);
    if (!few_levels(levels)) around(1.0108892f);
    refit(2);
  }
};

/// Of the stored numbers. Exact: the integers are those that quantise() will choose; otherwise a
/// quotient halfway between two of them may have fallen to the other side, at the same cost.
template <bool Half, bool Exact>
__attribute__((noinline)) V stored_error(const LinearTile& t, const Grid& g, const V& unit) {
  V s[1];
  sum_rows(t.rows, t.folded, s, [&](std::int64_t row, V(&part)[1]) {
    const V x = load16(t.x + row * kLanes);
    const V q = Exact ? integer_of<Half>(x, g) : nearest(clamp(x * g.inverse, g.lo, g.hi));
    const V e = (x - stored<Half>(q * g.scale)) * unit;
    part[0] = part[0] + (t.importance ? e * e * load16(t.importance + row * kLanes) : e * e);
  });
  return s[0];
}

template <class Objective, bool Half>
CC_INLINE void search(const LinearTile& tile, const LinearLevels& levels, LinearGrid& grid) {
  const Grid start = load_grid(levels, grid);
  const V unit = splat(1.f) / start.scale;
  const V huge = splat(std::numeric_limits<float>::infinity());
  Search<Objective> search{
      tile, levels, unit, {huge, start.scale, start.scale, start.scale, start.offset}};
  search.run(start.scale, start.offset);

  const V offset = search.best.offset;
  V scale = storable_scale<Half>(levels, search.best.scale, offset);
  M found{};
  if (std::is_same_v<Objective, Squared>) {
    // The judges are the numbers that will be stored, also for the neighbours of the scale.
    const V first = stored_error<Half, true>(tile, start, unit) * splat(1 - 1e-5f);
    V least = first;
    const V center = scale;
    scale = start.scale;
    for (const std::int32_t ulps : {0, 1, -1}) {
      const V s = storable_scale<Half>(levels, further(center, ulps), offset);
      const V e = stored_error<Half, false>(tile, make_grid(levels, s, offset), unit);
      const M better = e < least;
      least = where(better, e, least);
      scale = where(better, s, scale);
      found = found | better;
      if (!Half || few_levels(levels)) break;  // too fine a difference
    }
  } else {
    found = search.best.cost < huge;
  }
  store16(grid.scale, where(found, scale, start.scale));
  store16(grid.offset, where(found, offset, start.offset));
  CC_EACH found.p[i] = ~found.p[i] & start.half_quotient.p[i];
  std::memcpy(grid.half_quotient, &found, sizeof found);
}

template <class Objective>
CC_INLINE void search_with(const LinearTile& tile, const LinearLevels& levels, LinearGrid& grid) {
  levels.half ? search<Objective, true>(tile, levels, grid)
              : search<Objective, false>(tile, levels, grid);
}
inline void search_squared(const LinearTile& tile, const LinearLevels& levels, LinearGrid& grid) {
  search_with<Squared>(tile, levels, grid);
}
inline void search_robust(const LinearTile& tile, const LinearLevels& levels, LinearGrid& grid) {
  search_with<Robust>(tile, levels, grid);
}

constexpr LinearKernels make_kernels(Isa isa) {
  LinearKernels k{};
  k.isa = isa;
  k.widen = widen;
  k.tile_of_rows = tile_of_rows;
  k.tile_of_half_rows = tile_of_half_rows;
  k.rows_of_codes = rows_of_codes;
  k.pack_pairs = pack_pairs;
  k.range = range;
  k.span_range = span_range;
  k.search_squared = search_squared;
  k.search_robust = search_robust;
  k.quantize = quantize;
  return k;
}

}  // namespace corecast::compress::linear_loops::CC_SIMD
