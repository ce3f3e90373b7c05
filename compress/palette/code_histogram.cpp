#include "compress/palette/code_histogram.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace corecast::compress {

namespace {

constexpr std::size_t kCodes = 65536;
constexpr std::size_t kLargest = 0x7bff;  // the last finite magnitude

const std::uint16_t* codes_of(const Values& w) {
  return reinterpret_cast<const std::uint16_t*>(w.halves());
}

/// Every number of an ordered set of f16 magnitudes: f(code, code of the same value or itself).
template <class F>
void for_each_value(std::size_t largest, F&& f) {
  for (std::size_t m = largest; m > 0; --m) f(0x8000 | m, 0x8000 | m);
  f(0, 0x8000);
  for (std::size_t m = 1; m <= largest; ++m) f(m, m);
}

/// Of a finite code, without branches: the scaling mends the exponent's bias and the denormals.
double value_of(std::size_t code) {
  const auto magnitude = static_cast<std::uint32_t>(code & 0x7fff) << 13;
  const double x = static_cast<double>(std::bit_cast<float>(magnitude) * 0x1p112f);
  return code & 0x8000 ? -x : x;
}

/// Counts codes into two tables, so that equal neighbours do not wait for each other's store.
void count_into(const std::uint16_t* codes, std::int64_t n, std::uint32_t* even,
                std::uint32_t* odd) {
  std::int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    std::uint64_t a, b;
    std::memcpy(&a, codes + i, sizeof a);
    std::memcpy(&b, codes + i + 4, sizeof b);
    ++even[a & 0xffff];
    ++odd[(a >> 16) & 0xffff];
    ++even[(a >> 32) & 0xffff];
    ++odd[a >> 48];
    ++even[b & 0xffff];
    ++odd[(b >> 16) & 0xffff];
    ++even[(b >> 32) & 0xffff];
    ++odd[b >> 48];
  }
  for (; i < n; ++i) ++even[codes[i]];
}

/// The largest magnitude among the codes, so that small weights do not pay for all of f16.
std::size_t largest_magnitude(const std::uint16_t* codes, std::int64_t n) {
  std::int16_t most = 0;
  for (std::int64_t i = 0; i < n; ++i)
    most = std::max(most, static_cast<std::int16_t>(codes[i] & 0x7fff));
  return static_cast<std::size_t>(most);
}

/// Order-preserving; 0 and -0 have one key.
std::uint32_t float_key(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x + 0.0f);  // -0 becomes 0
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}
float float_of_key(std::uint32_t key) {
  return std::bit_cast<float>(key & 0x80000000u ? key ^ 0x80000000u : ~key);
}

}  // namespace

Runs group_of(const Axis& axis, std::int64_t group, std::int64_t g) {
  const std::int64_t channels = group > 0 ? group : axis.size;
  if (axis.outer == 1 || channels == axis.size)
    return {g * channels * axis.inner, 1, axis.outer * channels * axis.inner, 0};
  return {g * channels * axis.inner, axis.outer, channels * axis.inner, axis.size * axis.inner};
}

void ValueCounter::count(const Values& w, const Runs& runs, const Importance& importance,
                         ThreadPool& pool) {
  points_.clear();
  const std::int64_t n = runs.total();
  if (n == 0) return;
  if (!w.is_half() || n < 4096) {
    CC_CHECK(w.is_half() || n <= kMostSorted, "few enough values to sort");
    sort_values(w, runs, importance);
  } else if (importance.empty()) {
    count_codes(w, runs, pool);
  } else {
    weigh_codes(w, runs, importance, pool);
  }
}

void ValueCounter::count_codes(const Values& w, const Runs& runs, ThreadPool& pool) {
  const std::uint16_t* codes = codes_of(w);
  const std::int64_t n = runs.total();
  // Counts are whole numbers, so any division of the work gives the same ones. A slice's tables
  // hold 32 bits; small parts stay on one thread.
  const std::int64_t slices = std::max(
      n < (std::int64_t{1} << 18) ? 1 : static_cast<std::int64_t>(pool.threads()), (n >> 31) + 1);
  counts_.resize(static_cast<std::size_t>(slices) * 2 * kCodes);  // zero, as the last call left it
  std::vector<std::size_t> largest(static_cast<std::size_t>(slices), 0);
  pool.parallel_for(slices, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t s = begin; s < end; ++s) {
      std::uint32_t* table = counts_.data() + static_cast<std::size_t>(s) * 2 * kCodes;
      auto& most = largest[static_cast<std::size_t>(s)];
      runs.pieces(n * s / slices, n * (s + 1) / slices,
                  [&](std::int64_t at, std::int64_t count, std::int64_t) {
                    for (std::int64_t i = 0; i < count; i += 16384) {
                      const std::int64_t part = std::min<std::int64_t>(count - i, 16384);
                      most = std::max(most, largest_magnitude(codes + at + i, part));
                      count_into(codes + at + i, part, table, table + kCodes);
                    }
                  });
    }
  });
  const auto take = [&](std::size_t code) {
    std::uint64_t total = 0;
    for (std::size_t t = code; t < counts_.size(); t += kCodes) {
      total += counts_[t];
      counts_[t] = 0;
    }
    return total;
  };
  const std::size_t most = *std::max_element(largest.begin(), largest.end());
  CC_CHECK(most <= kLargest, "finite weights");
  // Half of the codes are there, in no order that a branch could learn: write all, keep those.
  points_.values.resize(2 * most + 1);
  points_.weights.resize(2 * most + 1);
  std::size_t to = 0;
  for_each_value(most, [&](std::size_t code, std::size_t twin) {
    const std::uint64_t total = take(code) + (twin != code ? take(twin) : 0);
    points_.values[to] = value_of(code);
    points_.weights[to] = static_cast<double>(static_cast<std::int64_t>(total));
    to += total != 0;
  });
  points_.values.resize(to);
  points_.weights.resize(to);
}

void ValueCounter::weigh_codes(const Values& w, const Runs& runs, const Importance& importance,
                               ThreadPool& pool) {
  const std::uint16_t* codes = codes_of(w);
  const std::int64_t n = runs.total();
  // Slices depend on the size alone: sums of fractions depend on their order.
  const std::int64_t slices = std::clamp<std::int64_t>(n >> 19, 1, 8);
  sums_.assign(static_cast<std::size_t>(slices) * kCodes, -1.0);  // -1: no such code
  pool.parallel_for(slices, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t s = begin; s < end; ++s) {
      double* table = sums_.data() + static_cast<std::size_t>(s) * kCodes;
      runs.pieces(n * s / slices, n * (s + 1) / slices,
                  [&](std::int64_t at, std::int64_t count, std::int64_t) {
                    ImportanceCursor weight(importance, at);
                    for (std::int64_t i = 0; i < count; ++i) {
                      double& sum = table[codes[at + i]];
                      sum = std::max(sum, 0.0) + weight.next();
                    }
                  });
    }
  });
  for_each_value(kLargest, [&](std::size_t code, std::size_t twin) {
    double total = -1;
    const auto take = [&](std::size_t c) {
      for (std::size_t t = c; t < sums_.size(); t += kCodes)
        if (sums_[t] >= 0) total = std::max(total, 0.0) + sums_[t];
    };
    take(code);
    if (twin != code) take(twin);
    if (total >= 0) points_.add(value_of(code), total);
  });
}

void ValueCounter::sort_values(const Values& w, const Runs& runs, const Importance& importance) {
  const auto n = static_cast<std::size_t>(runs.total());
  sorted_.resize(n);
  spare_.resize(n);
  std::size_t to = 0;
  runs.pieces(0, runs.total(), [&](std::int64_t at, std::int64_t count, std::int64_t) {
    if (w.is_half()) {
      const std::uint16_t* codes = codes_of(w) + at;
      for (std::int64_t i = 0; i < count; ++i)
        sorted_[to + static_cast<std::size_t>(i)] = {
            static_cast<std::uint16_t>(half_key(codes[i]) + 0x8000), 1};
    } else {
      const float* values = w.floats() + at;
      for (std::int64_t i = 0; i < count; ++i)
        sorted_[to + static_cast<std::size_t>(i)] = {float_key(values[i]), 1};
    }
    if (!importance.empty()) {
      ImportanceCursor weight(importance, at);
      for (std::int64_t i = 0; i < count; ++i)
        sorted_[to + static_cast<std::size_t>(i)].weight = static_cast<float>(weight.next());
    }
    to += static_cast<std::size_t>(count);
  });
  // By 8 bits at a time, lowest first; stable, so that equal values keep their order.
  const int passes = w.is_half() ? 2 : 4;
  std::uint32_t counts[4][256] = {};
  for (const Sorted& v : sorted_)
    for (int p = 0; p < passes; ++p) ++counts[p][(v.key >> (8 * p)) & 255];
  for (int p = 0; p < passes; ++p) {
    std::uint32_t sum = 0, most = 0;
    for (std::uint32_t& c : counts[p]) {
      most = std::max(most, c);
      const std::uint32_t here = c;
      c = sum;
      sum += here;
    }
    if (most == n) continue;
    for (const Sorted& v : sorted_) spare_[counts[p][(v.key >> (8 * p)) & 255]++] = v;
    sorted_.swap(spare_);
  }
  for (std::size_t i = 0; i < n;) {
    const std::uint32_t key = sorted_[i].key;
    double sum = 0;
    for (; i < n && sorted_[i].key == key; ++i) sum += static_cast<double>(sorted_[i].weight);
    points_.add(w.is_half() ? value_of(half_of_key(static_cast<int>(key) - 0x8000))
                            : static_cast<double>(float_of_key(key)),
                sum);
  }
}

}  // namespace corecast::compress
