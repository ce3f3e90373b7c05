// The shortest way through points in runs (compress/palette/kmeans_1d.h), its comparisons some
// positions at a time. Included only by palette_<isa>.cpp (see base/simd.h).
#pragma once

#include "base/simd.h"
#include "compress/cpu/palette_kernels.h"

namespace corecast::compress::CC_SIMD {

typedef double D __attribute__((vector_size(CC_SIMD_BYTES), may_alias));
inline constexpr int kDoubles = CC_SIMD_BYTES / 8;

// Keeps a product from melting into a fused multiply-add: all sets must round alike, or ties would
// fall differently.
template <class T>
CC_INLINE T rounded(T x) {
#if defined(__AVX512F__)
  asm("" : "+v"(x));
#elif defined(__AVX2__)
  asm("" : "+x"(x));
#endif
  return x;
}

CC_INLINE D load_doubles(const double* p) {
  D v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

/// Two candidates for the last cut, ready to be compared at what lies behind.
struct Rivals {
  D later_weight, later_sum, earlier_weight, earlier_sum, difference;

  CC_INLINE Rivals(const WalkNodes& nodes, std::int32_t later, std::int32_t earlier)
      : later_weight(D{} + nodes.weight[later]),
        later_sum(D{} + nodes.sum[later]),
        earlier_weight(D{} + nodes.weight[earlier]),
        earlier_sum(D{} + nodes.sum[earlier]),
        difference(D{} + (nodes.best[later] - nodes.best[earlier])) {}

  /// Bit i: the way over the later one to node at + i is shorter. By the Monge inequality it then
  /// is so for everything behind too.
  CC_INLINE unsigned later_wins(const WalkNodes& nodes, std::int32_t at) const {
    const D w = load_doubles(nodes.weight + at), s = load_doubles(nodes.sum + at);
    const D wl = w - later_weight, we = w - earlier_weight;
    const D sl = s - later_sum, se = s - earlier_sum;
    const D gain = rounded(sl * sl * we) - rounded(se * se * wl);
    const D cost = rounded(difference * (wl * we));
#if defined(__AVX512F__)
    return _mm512_cmp_pd_mask((__m512d)cost, (__m512d)gain, _CMP_LT_OQ);
#elif defined(__AVX2__)
    return static_cast<unsigned>(
        _mm256_movemask_pd(_mm256_cmp_pd((__m256d)cost, (__m256d)gain, _CMP_LT_OQ)));
#else
    unsigned mask = 0;
    for (int i = 0; i < kDoubles; ++i) mask |= cost[i] < gain[i] ? 1u << i : 0u;
    return mask;
#endif
  }
  CC_INLINE bool later_wins_at(const WalkNodes& nodes, std::int32_t at) const {
    return (later_wins(nodes, at) & 1u) != 0;
  }
};

/// The first node in [lo, n] at which the later rival wins, n + 1 if it never does. Mostly it is
/// close to lo. Precondition: lo <= n.
CC_INLINE std::int32_t first_win(const WalkNodes& nodes, const Rivals& rivals, std::int32_t lo,
                                 std::int32_t n) {
  constexpr int near = 16;  // for every set, so that noise has the same effect
  for (int i = 0; i < near; i += kDoubles) {
    const unsigned wins = rivals.later_wins(nodes, lo + i);
    if (wins) {
      const std::int32_t at = lo + i + __builtin_ctz(wins);
      return at <= n ? at : n + 1;
    }
    if (lo + i + kDoubles > n) return n + 1;
  }
  if (!rivals.later_wins_at(nodes, n)) return n + 1;
  // Steps that double, then halve.
  lo += near - 1;
  std::int32_t step = near;
  while (lo + step < n && !rivals.later_wins_at(nodes, lo + step)) {
    lo += step;
    step *= 2;
  }
  std::int32_t hi = lo + step < n ? lo + step : n;
  while (hi - lo > 1) {
    const std::int32_t middle = lo + (hi - lo) / 2;
    (rivals.later_wins_at(nodes, middle) ? hi : lo) = middle;
  }
  return hi;
}

inline void walk(const WalkNodes& nodes, std::int32_t n, double price) {
  WalkCandidate* queue = nodes.queue;
  WalkCandidate* tail = queue;
  *queue = {0, 1};
  for (std::int32_t j = 1; j <= n; ++j) {
    while (queue < tail && queue[1].since <= j) ++queue;
    const std::int32_t i = queue->from;
    const double sum = nodes.sum[j] - nodes.sum[i];
    nodes.best[j] =
        nodes.best[i] + price - rounded(sum * sum) / (nodes.weight[j] - nodes.weight[i]);
    nodes.from[j] = i;
    if (j == n) return;
    // Node j becomes a candidate for the last cut; those that it beats from their start on go.
    for (;;) {
      const Rivals rivals(nodes, j, tail->from);
      const std::int32_t lo = tail->since > j + 1 ? tail->since : j + 1;
      const std::int32_t since = first_win(nodes, rivals, lo, n);
      if (since > lo) {
        if (since <= n) *++tail = {j, since};
        break;
      }
      if (tail == queue) {
        *tail = {j, j + 1};
        break;
      }
      --tail;
    }
  }
}

}  // namespace corecast::compress::CC_SIMD
