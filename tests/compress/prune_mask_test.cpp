#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "compress/cpu/kernels.h"
#include "compress/prune/prune.h"
#include "ir/float16.h"
#include "tests/support/catch.h"

using namespace corecast;
using namespace corecast::compress;

namespace {

bool bit(const Mask& m, std::int64_t i) {
  return static_cast<unsigned>(m.bits->bytes()[static_cast<std::size_t>(i / 8)]) >> (i % 8) & 1;
}
std::vector<bool> bits_of(const Mask& m) {
  std::vector<bool> out;
  for (std::int64_t i = 0; i < m.count; ++i) out.push_back(bit(m, i));
  return out;
}
/// The count agrees with the bits, and no bit is beyond the end.
void check_whole(const Mask& m, std::int64_t count) {
  CHECK(m.count == count);
  CHECK(m.bits->size() == static_cast<std::size_t>((count + 7) / 8));
  std::int64_t ones = 0;
  for (std::int64_t i = 0; i < (count + 7) / 8 * 8; ++i) ones += bit(m, i);
  CHECK(m.kept == ones);
  for (std::int64_t i = count; i < (count + 7) / 8 * 8; ++i) CHECK_FALSE(bit(m, i));
}

struct Weight {
  std::vector<float> floats;
  std::vector<ir::half> halves;
  bool is_half;
  Weight(const std::vector<float>& v, bool half) : floats(v), is_half(half) {
    for (float& x : floats) {
      halves.push_back(ir::to_half(x));
      if (half) x = ir::to_float(halves.back());
    }
  }
  Values values() const {
    return is_half ? Values(std::span<const ir::half>(halves))
                   : Values(std::span<const float>(floats));
  }
};

/// Random weights with zeros of either sign and equal magnitudes among them.
std::vector<float> random(std::int64_t n, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<float> d(0, 0.1f);
  std::vector<float> v;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto kind = engine() % 10;
    v.push_back(kind == 0   ? 0.f
                : kind == 1 ? -0.f
                : kind < 4  ? static_cast<float>(static_cast<int>(engine() % 9) - 4) / 16
                            : d(engine));
  }
  return v;
}

/// What stays when the `going` least of `keys` go: found by sorting. Zeros of `w` never stay.
std::vector<bool> by_sorting(const std::vector<float>& w, const std::vector<float>& keys,
                             std::size_t going) {
  std::vector<std::size_t> order(w.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if ((w[a] == 0) != (w[b] == 0)) return w[a] == 0;
    return keys[a] != keys[b] ? keys[a] < keys[b] : a > b;
  });
  std::vector<bool> stays(w.size());
  for (std::size_t r = going; r < order.size(); ++r) stays[order[r]] = w[order[r]] != 0;
  return stays;
}
std::vector<float> sizes_of(const std::vector<float>& w) {
  std::vector<float> s;
  for (const float x : w) s.push_back(std::abs(x));
  return s;
}

void with_every_isa(auto body) {
  const Isa best = kernels().isa;
  for (const Isa isa : usable_isas()) {
    if (!kernels_of(isa)) continue;
    INFO(name_of(isa));
    use_kernels(isa);
    body();
  }
  use_kernels(best);
}

}  // namespace

TEST_CASE("prune: a ratio removes what sorting removes") {
  const unsigned seed = GENERATE(1u, 2u);
  const bool half = GENERATE(true, false);
  with_every_isa([&] {
    for (const std::int64_t n : {1, 7, 64, 1000, 4097, 200003}) {
      const Weight w(random(n, seed), half);
      for (const double ratio : {0.0, 0.1, 0.25, 0.5, 0.777, 0.9, 1.0}) {
        INFO("seed " << seed << " half " << half << " n " << n << " ratio " << ratio);
        const auto going = static_cast<std::size_t>(std::llround(ratio * static_cast<double>(n)));
        const auto expected = by_sorting(w.floats, sizes_of(w.floats), going);
        for (const int threads : {1, 2, 3}) {
          ThreadPool pool(threads);
          const Mask m = mask_by_ratio(w.values(), ratio, {}, pool);
          check_whole(m, n);
          CHECK((bits_of(m) == expected));
        }
      }
    }
  });
}

TEST_CASE("prune: large weights are cut by a sample of them, also where it misleads") {
  const std::int64_t n = 600011;
  std::vector<float> honest = random(n, 3), misleading(static_cast<std::size_t>(n));
  // Every 73 elements begin with small ones, and the sample looks there.
  for (std::int64_t i = 0; i < n; ++i)
    misleading[static_cast<std::size_t>(i)] =
        (i % (n >> 13) < 8 ? 1e-3f : 1.f) * static_cast<float>(1 + i * 37 % 512) / 512;
  for (const auto& v : {honest, misleading}) {
    const Weight w(v, true);
    for (const double ratio : {0.02, 0.5, 0.97}) {
      const auto going = static_cast<std::size_t>(std::llround(ratio * static_cast<double>(n)));
      const auto expected = by_sorting(w.floats, sizes_of(w.floats), going);
      with_every_isa([&] {
        ThreadPool pool(2);
        const Mask m = mask_by_ratio(w.values(), ratio, {}, pool);
        INFO("ratio " << ratio << ", first " << v[0]);
        CHECK(m.kept == std::count(expected.begin(), expected.end(), true));
        CHECK((bits_of(m) == expected));
      });
    }
  }
}

TEST_CASE("prune: importance weighs in by its square root") {
  const unsigned seed = 3;
  INFO("seed " << seed);
  const bool half = GENERATE(true, false);
  ThreadPool pool(2);
  for (const std::int64_t inner : {1, 9}) {
    const Weight w(random(9 * 5000, seed), half);
    std::vector<float> importance;
    for (int i = 0; i < 50; ++i) importance.push_back(static_cast<float>(i % 6) * 1.7f);
    const Importance g{importance, inner};
    std::vector<float> keys;
    for (std::size_t i = 0; i < w.floats.size(); ++i)
      keys.push_back(std::abs(w.floats[i]) *
                     std::sqrt(static_cast<float>(g.of(static_cast<std::int64_t>(i)))));
    for (const double ratio : {0.0, 0.22, 0.5, 0.8, 1.0}) {
      INFO("ratio " << ratio << " inner " << inner);
      const auto going = static_cast<std::size_t>(std::llround(ratio * 45000));
      const Mask m = mask_by_ratio(w.values(), ratio, g, pool);
      check_whole(m, 45000);
      CHECK((bits_of(m) == by_sorting(w.floats, keys, going)));
    }
  }
}

TEST_CASE("prune: equal magnitudes go from the end") {
  ThreadPool pool(3);
  const bool half = GENERATE(true, false);
  const Weight w(std::vector<float>(300000, -0.5f), half);
  const Mask m = mask_by_ratio(w.values(), 0.4, {}, pool);
  check_whole(m, 300000);
  CHECK(m.kept == 180000);
  CHECK(bit(m, 179999));
  CHECK_FALSE(bit(m, 180000));
}

TEST_CASE("prune: distinct magnitudes are cut where an interpolated percentile cuts") {
  const unsigned seed = 4;
  INFO("seed " << seed);
  std::mt19937_64 engine(seed);
  std::vector<float> v(5001);
  std::iota(v.begin(), v.end(), 1.f);
  std::shuffle(v.begin(), v.end(), engine);
  ThreadPool pool(2);
  for (const double ratio : {0.013, 0.3, 0.5, 0.61803, 0.999}) {
    const double at = ratio * 5000;  // of the sorted sequence 1, 2, ..., 5001
    const double percentile = 1 + at;
    const auto removed = static_cast<std::int64_t>(std::floor(percentile));
    const Mask m = mask_by_ratio(std::span<const float>(v), ratio, {}, pool);
    CHECK(std::abs(5001 - m.kept - removed) <= 1);
  }
}

TEST_CASE("prune: a threshold") {
  const bool half = GENERATE(true, false);
  ThreadPool pool(2);
  const Weight w({0.f, -0.f, 0x1p-24f, -0.5f, 0.5f, 0.50048828125f, -65504.f, 1.f}, half);
  with_every_isa([&] {
    const auto stay = [&](double threshold) {
      const Mask m = mask_by_threshold(w.values(), threshold, pool);
      check_whole(m, 8);
      return static_cast<int>(m.bits->bytes()[0]);
    };
    CHECK(stay(0) == 0b11111100);
    CHECK(stay(1e-12) == 0b11111100);
    CHECK(stay(0x1p-24) == 0b11111000);
    CHECK(stay(0.4999) == 0b11111000);
    CHECK(stay(0.5) == 0b11100000);
    CHECK(stay(0.50001) == 0b11100000);
    CHECK(stay(1) == 0b01000000);
    CHECK(stay(65504) == 0);
    CHECK(stay(1e30) == 0);
  });
}

TEST_CASE("prune: n of m") {
  const unsigned seed = GENERATE(7u, 8u);
  const bool half = GENERATE(true, false);
  struct Shape {
    Axis axis;
    std::int64_t n, m;
  };
  const Shape shapes[] = {{{3, 64, 1}, 2, 4},    {{5, 1030, 1}, 1, 3},  {{2, 18, 7}, 2, 4},
                          {{1, 9, 130}, 3, 4},   {{2, 5, 1}, 6, 8},     {{2, 5, 3}, 6, 8},
                          {{3, 100, 2}, 20, 40}, {{4, 100, 1}, 33, 50}, {{2, 8, 1}, 4, 4},
                          {{2, 8, 3}, 0, 4},     {{0, 8, 3}, 1, 4}};
  for (const Shape& s : shapes) {
    const Weight w(random(s.axis.count(), seed), half);
    INFO("seed " << seed << " half " << half << " " << s.axis.outer << "x" << s.axis.size << "x"
                 << s.axis.inner << " " << s.n << ":" << s.m);
    std::vector<bool> expected(w.floats.size());
    for (std::int64_t o = 0; o < s.axis.outer; ++o) {
      for (std::int64_t i = 0; i < s.axis.inner; ++i) {
        for (std::int64_t k0 = 0; k0 < s.axis.size; k0 += s.m) {
          const std::int64_t length = std::min(s.m, s.axis.size - k0);
          const auto place = [&](std::int64_t k) {
            return static_cast<std::size_t>((o * s.axis.size + k0 + k) * s.axis.inner + i);
          };
          std::vector<float> group;
          for (std::int64_t k = 0; k < length; ++k) group.push_back(w.floats[place(k)]);
          const std::int64_t going = std::max<std::int64_t>(0, s.n - (s.m - length));
          const auto stays = by_sorting(group, sizes_of(group), static_cast<std::size_t>(going));
          for (std::int64_t k = 0; k < length; ++k)
            expected[place(k)] = stays[static_cast<std::size_t>(k)];
        }
      }
    }
    for (const int threads : {1, 3}) {
      ThreadPool pool(threads);
      const Mask m = mask_n_of_m(w.values(), s.axis, s.n, s.m, pool);
      check_whole(m, s.axis.count());
      CHECK((bits_of(m) == expected));
    }
  }
}

TEST_CASE("prune: blocks") {
  const unsigned seed = 9;
  INFO("seed " << seed);
  const bool half = GENERATE(true, false);
  struct Shape {
    Axis axis;
    std::int64_t block;
  };
  for (const Shape& s : {Shape{{1, 64, 20}, 4}, Shape{{6, 50, 1}, 8}, Shape{{3, 10, 5}, 3},
                         Shape{{2, 4, 3}, 100}, Shape{{2, 300, 301}, 2}}) {
    const Weight w(random(s.axis.count(), seed), half);
    const std::int64_t per_row = (s.axis.size + s.block - 1) / s.block;
    const auto block_of = [&](std::int64_t i) {
      const std::int64_t k = i / s.axis.inner % s.axis.size, o = i / s.axis.inner / s.axis.size;
      return static_cast<std::size_t>((o * per_row + k / s.block) * s.axis.inner +
                                      i % s.axis.inner);
    };
    std::vector<double> sums(static_cast<std::size_t>(s.axis.outer * per_row * s.axis.inner));
    for (std::int64_t i = 0; i < s.axis.count(); ++i)
      sums[block_of(i)] += std::pow(static_cast<double>(w.floats[static_cast<std::size_t>(i)]), 2);
    std::vector<float> norms;
    for (const double x : sums) norms.push_back(static_cast<float>(std::sqrt(x)));
    for (const double ratio : {0.0, 0.3, 0.5, 1.0}) {
      const auto going = static_cast<std::size_t>(pruned_count(ratio, std::ssize(norms)));
      const auto blocks = by_sorting(norms, norms, going);
      std::vector<bool> expected;
      for (std::int64_t i = 0; i < s.axis.count(); ++i)
        expected.push_back(blocks[block_of(i)] && w.floats[static_cast<std::size_t>(i)] != 0);
      for (const int threads : {1, 3}) {
        INFO("half " << half << " ratio " << ratio << " block " << s.block);
        ThreadPool pool(threads);
        const Mask m = mask_blocks(w.values(), s.axis, s.block, ratio, pool);
        check_whole(m, s.axis.count());
        CHECK((bits_of(m) == expected));
      }
    }
  }
}

TEST_CASE("prune: weights without elements, and ratios that are none") {
  ThreadPool pool(2);
  const Values none(std::span<const float>{});
  CHECK(mask_by_ratio(none, 0.5, {}, pool).kept == 0);
  CHECK(mask_by_threshold(none, 0, pool).count == 0);
  CHECK(mask_blocks(none, {3, 0, 2}, 4, 0.5, pool).count == 0);
  const std::vector<float> v = {1, 2};
  CHECK_THROWS_AS(mask_by_ratio(Values(v), 1.5, {}, pool), InternalError);
  CHECK_THROWS_AS(mask_by_threshold(Values(v), -1, pool), InternalError);
}
