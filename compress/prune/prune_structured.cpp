// Pruning in patterns: n of m, and whole blocks.
#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <numeric>

#include "compress/prune/prune_cut.h"

namespace corecast::compress {

namespace {

constexpr std::int64_t kLine = 64;  // elements along `inner` (or groups) looked at together
constexpr std::int64_t kGrain = 1 << 14;

/// Sets bits [start, start + n) of the mask (n <= 64) where `bits` has ones. Other threads may set
/// neighbours.
void add_bits(std::uint8_t* mask, std::int64_t start, std::uint64_t bits, std::int64_t n) {
  for (std::int64_t done = 0; done < n;) {
    const std::int64_t at = start + done, take = std::min(n - done, 8 - at % 8);
    const auto part = static_cast<std::uint8_t>((bits >> done & ((1u << take) - 1u)) << (at % 8));
    if (part) std::atomic_ref<std::uint8_t>(mask[at / 8]).fetch_or(part, std::memory_order_relaxed);
    done += take;
  }
}

/// |w| as integers of the same order.
struct Codes {
  const ir::half* halves;
  const float* floats;
  explicit Codes(const Values& w)
      : halves(w.is_half() ? w.halves() : nullptr), floats(w.is_half() ? nullptr : w.floats()) {}
  std::int32_t operator[](std::int64_t i) const {
    return halves ? halves[i].bits & 0x7fff : std::bit_cast<std::int32_t>(floats[i]) & 0x7fffffff;
  }
};

/// Which of `length` magnitudes x[k * kLine + lane] stay when the `n` smallest go: a bit per lane.
void keep_largest(const std::int32_t* x, std::int64_t length, std::int64_t lanes, std::int64_t n,
                  std::uint64_t* keep) {
  constexpr std::int64_t kMany = 32;
  std::fill_n(keep, length, 0);
  if (length <= kMany) {
    for (std::int64_t k = 0; k < length; ++k) {
      std::int32_t smaller[kLine] = {};  // elements that go before this one
      const std::int32_t* mine = x + k * kLine;
      for (std::int64_t j = 0; j < length; ++j) {
        const std::int32_t* other = x + j * kLine;
        const std::int32_t equal = j > k ? 1 : 0;
        for (std::int64_t l = 0; l < kLine; ++l) smaller[l] += other[l] < mine[l] + equal ? 1 : 0;
      }
      for (std::int64_t l = 0; l < lanes; ++l)
        if (smaller[l] >= n && mine[l] != 0) keep[k] |= std::uint64_t{1} << l;
    }
    return;
  }
  std::vector<std::int64_t> order(static_cast<std::size_t>(length));
  for (std::int64_t l = 0; l < lanes; ++l) {
    std::iota(order.begin(), order.end(), 0);
    const auto goes_first = [&](std::int64_t a, std::int64_t b) {
      const std::int32_t u = x[a * kLine + l], v = x[b * kLine + l];
      return u != v ? u < v : a > b;
    };
    std::nth_element(order.begin(), order.begin() + std::min(n, length), order.end(), goes_first);
    for (std::int64_t r = n; r < length; ++r) {
      const std::int64_t k = order[static_cast<std::size_t>(r)];
      if (x[k * kLine + l] != 0) keep[k] |= std::uint64_t{1} << l;
    }
  }
}

void count_kept(Mask& mask) {
  for (const std::byte b : mask.bits->bytes()) mask.kept += std::popcount(static_cast<unsigned>(b));
}

}  // namespace

Mask mask_n_of_m(const Values& w, const Axis& axis, std::int64_t n, std::int64_t m,
                 ThreadPool& pool) {
  CC_CHECK(m > 0 && n >= 0 && n <= m && axis.count() == w.size(), "n of m elements of an axis");
  Mask mask = empty_mask(w.size());
  if (w.size() == 0) return mask;
  const Codes codes(w);
  const std::int64_t groups = (axis.size + m - 1) / m;
  const std::int64_t lines = (axis.inner + kLine - 1) / kLine;
  const std::int64_t longest = std::min(m, axis.size);
  // With an inner dim its elements lie side by side; without one, the groups of a row do.
  const bool along = axis.inner > 1;
  const std::int64_t bundles = along ? groups * lines : (groups + kLine - 1) / kLine;
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / (longest * kLine));
  pool.parallel_for(axis.outer * bundles, grain, [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::int32_t> x(static_cast<std::size_t>(longest * kLine));
    std::vector<std::uint64_t> keep(static_cast<std::size_t>(longest));
    for (std::int64_t u = begin; u < end; ++u) {
      const std::int64_t o = u / bundles, bundle = u % bundles;
      if (along) {
        const std::int64_t k0 = bundle / lines * m, i0 = bundle % lines * kLine;
        const std::int64_t length = std::min(m, axis.size - k0);
        const std::int64_t lanes = std::min(kLine, axis.inner - i0);
        const std::int64_t start = (o * axis.size + k0) * axis.inner + i0;
        for (std::int64_t k = 0; k < length; ++k)
          for (std::int64_t l = 0; l < lanes; ++l)
            x[static_cast<std::size_t>(k * kLine + l)] = codes[start + k * axis.inner + l];
        keep_largest(x.data(), length, lanes, std::max<std::int64_t>(0, n - (m - length)),
                     keep.data());
        for (std::int64_t k = 0; k < length; ++k)
          add_bits(bytes_of(mask), start + k * axis.inner, keep[static_cast<std::size_t>(k)],
                   lanes);
        continue;
      }
      // Missing elements of a short group are zeros at its end: they go first, and never stay.
      const std::int64_t first = bundle * kLine, lanes = std::min(kLine, groups - first);
      const std::int64_t start = o * axis.size + first * m;
      const std::int64_t there = std::min(lanes * m, axis.size - first * m);
      const std::int64_t missing = groups == 1 ? m - longest : 0;
      std::fill(x.begin(), x.end(), 0);
      for (std::int64_t i = 0, l = 0; i < there; ++l)
        for (std::int64_t k = 0; k < m && i < there; ++k, ++i)
          x[static_cast<std::size_t>(k * kLine + l)] = codes[start + i];
      keep_largest(x.data(), longest, lanes, std::max<std::int64_t>(0, n - missing), keep.data());
      for (std::int64_t i = 0, k = 0, l = 0; i < there; i += 64) {
        std::uint64_t bits = 0;
        const std::int64_t count = std::min<std::int64_t>(64, there - i);
        for (std::int64_t j = 0; j < count; ++j) {
          bits |= (keep[static_cast<std::size_t>(k)] >> l & 1) << j;
          if (++k < m) continue;
          k = 0;
          ++l;
        }
        add_bits(bytes_of(mask), start + i, bits, count);
      }
    }
  });
  count_kept(mask);
  return mask;
}

Mask mask_blocks(const Values& w, const Axis& axis, std::int64_t block, double ratio,
                 ThreadPool& pool) {
  CC_CHECK(block > 0 && axis.count() == w.size(), "blocks of an axis");
  Mask mask = empty_mask(w.size());
  const std::int64_t per_row = axis.size == 0 ? 0 : (axis.size + block - 1) / block;
  const std::int64_t blocks = axis.outer * per_row * axis.inner;
  std::vector<float> norms(static_cast<std::size_t>(blocks));
  const std::int64_t grain =
      std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, axis.inner * block));
  pool.parallel_for(axis.outer * per_row, grain, [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> sums(static_cast<std::size_t>(axis.inner));
    for (std::int64_t u = begin; u < end; ++u) {
      const std::int64_t k0 = u % per_row * block, k1 = std::min(axis.size, k0 + block);
      std::fill(sums.begin(), sums.end(), 0.0);
      for (std::int64_t k = k0; k < k1; ++k) {
        const std::int64_t start = (u / per_row * axis.size + k) * axis.inner;
        for (std::int64_t i = 0; i < axis.inner; ++i) {
          const auto v = static_cast<double>(w[start + i]);
          sums[static_cast<std::size_t>(i)] += v * v;
        }
      }
      for (std::int64_t i = 0; i < axis.inner; ++i)
        norms[static_cast<std::size_t>(u * axis.inner + i)] =
            static_cast<float>(std::sqrt(sums[static_cast<std::size_t>(i)]));
    }
  });
  const Mask of_blocks =
      cut(Magnitudes(std::span<const float>(norms), {}), pruned_count(ratio, blocks), pool);
  const std::uint8_t* stays = bytes_of(of_blocks);
  const Codes codes(w);
  // Whole bytes of the mask per step; the place in the axis is counted along, not divided out.
  pool.parallel_for((w.size() + 63) / 64, kGrain / 64, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t at = begin * 64, i = at % axis.inner, k = at / axis.inner % axis.size;
    std::int64_t row = at / axis.inner / axis.size * per_row * axis.inner;
    for (; at < std::min(w.size(), end * 64); ++at) {
      const std::int64_t b = row + k / block * axis.inner + i;
      if ((stays[b / 8] >> (b % 8) & 1) && codes[at] != 0)
        bytes_of(mask)[at / 8] = static_cast<std::uint8_t>(bytes_of(mask)[at / 8] | 1u << (at % 8));
      if (++i < axis.inner) continue;
      i = 0;
      if (++k < axis.size) continue;
      k = 0;
      row += per_row * axis.inner;
    }
  });
  count_kept(mask);
  return mask;
}

}  // namespace corecast::compress
