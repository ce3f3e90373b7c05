#include <algorithm>
#include <cmath>
#include <optional>
#include <random>

#include "compress/cpu/kernels.h"
#include "compress/palette/palette.h"
#include "tests/compress/palette_reference.h"

using namespace corecast;
using namespace corecast::compress;

TEST_CASE("palette: error, bound and nearest indices") {
  const auto seed = GENERATE(range(1u, 13u));
  const int bits = GENERATE(1, 2, 3, 4, 6, 8);
  INFO("seed " << seed << ", bits " << bits);
  std::mt19937 random(seed);
  const bool half = seed % 3 != 0, weighted = seed % 2 == 0;
  const Axis axis = seed % 4 == 0   ? Axis{3, 12, 5}
                    : seed % 4 == 1 ? Axis{1, 8, 1024}
                    : seed % 4 == 2 ? Axis{2, 24, 333}
                                    : Axis{64, 32, 1};
  const std::int64_t group = seed % 4 == 1 ? 0 : 4;
  const Sample sample(axis.count(), half, seed);
  std::vector<float> weights(37);
  for (float& w : weights)
    w = random() % 4 == 0 ? 0 : std::uniform_real_distribution<float>(0.01f, 3)(random);
  const Importance importance = weighted ? Importance{weights, 3} : Importance{};
  ThreadPool pool(2);
  const Palette p =
      *palettize(sample.values(), axis, {bits, group, PaletteMode::kmeans}, importance, pool);
  check_palette(sample.values(), axis, group, importance, p);
  CHECK(p.bound <= p.error);
  // Rounding the entries to f16 costs something where they are many.
  if (bits <= 4) CHECK(p.error <= p.bound * (1 + 1e-3) + 1e-12);
}

TEST_CASE("palette: large tensors against their bound") {
  const bool half = GENERATE(true, false);
  const std::int64_t group = GENERATE(0, 16);
  const int bits = GENERATE(2, 4, 8);
  INFO("half " << half << ", group " << group << ", bits " << bits);
  const Axis axis{1, 64, 8192};
  const Sample sample(axis.count(), half, 11);
  ThreadPool pool(2);
  const Palette p = *palettize(sample.values(), axis, {bits, group}, {}, pool);
  check_palette(sample.values(), axis, group, {}, p);
  CHECK(p.bound > 0);
  CHECK(p.bound <= p.error);
  CHECK(p.error <= p.bound * (1 + (bits == 8 ? 2e-2 : group ? 5e-3 : 1e-3)));
}

TEST_CASE("palette: the same bytes on any number of threads and by any instruction set") {
  const bool half = GENERATE(true, false);
  const bool weighted = GENERATE(true, false);
  const std::int64_t group = GENERATE(0, 5);
  const int bits = GENERATE(3, 4, 6, 8);
  INFO("half " << half << ", weighted " << weighted << ", group " << group << ", bits " << bits);
  const Axis axis{3, 20, 7001};
  const Sample sample(axis.count(), half, 5);
  std::vector<float> weights(1009);
  std::mt19937 random(6);
  for (float& w : weights) w = std::uniform_real_distribution<float>(0, 1)(random);
  const Importance importance = weighted ? Importance{weights, 2} : Importance{};
  std::optional<Palette> first;
  const Isa before = kernels().isa;
  for (const Isa isa : {Isa::generic, Isa::avx2, Isa::avx512}) {
    if (!kernels_of(isa)) continue;
    use_kernels(isa);
    for (const int threads : {1, 2, 3}) {
      ThreadPool pool(threads);
      Palette p = *palettize(sample.values(), axis, {bits, group}, importance, pool);
      if (!first) {
        first = std::move(p);
        continue;
      }
      INFO(name_of(isa) << ", threads " << threads);
      CHECK(p.tables == first->tables);
      CHECK(std::ranges::equal(p.indices->bytes(), first->indices->bytes()));
      CHECK(p.error == first->error);
      CHECK(p.bound == first->bound);
    }
  }
  use_kernels(before);
}

TEST_CASE("palette: few values, none, and equal ones") {
  const bool half = GENERATE(true, false);
  ThreadPool pool(2);
  const auto of = [&](std::vector<float> values, int bits) {
    const Sample sample(std::move(values), half);
    const Axis axis{1, 1, sample.values().size()};
    Palette p = *palettize(sample.values(), axis, {bits}, {}, pool);
    check_palette(sample.values(), axis, 0, {}, p);
    return p;
  };
  CHECK(of({}, 4).indices->size() == 0);
  CHECK(of({}, 4).tables == std::vector<float>(16));
  CHECK(of({-2.5f}, 1).tables == std::vector<float>{-2.5f, 0});
  CHECK(of(std::vector<float>(5000, 0.25f), 2).tables == std::vector<float>{0.25f, 0, 0, 0});
  CHECK(of({3, -1, 3, -1, 0.5f, 3}, 2).tables == std::vector<float>{-1, 0.5f, 3, 0});
  // 0 and -0 are one value.
  CHECK(of({-0.0f, 0.0f, 1, -0.0f}, 1).tables == std::vector<float>{0, 1});
  CHECK(of({-0.0f, 0.0f, 1, -0.0f}, 1).error == 0);
  // More f32 values than are sorted, but few different ones.
  std::vector<float> many(300000);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<float>(i * i % 7) - 2.5f;
  const Palette p = of(many, 3);
  CHECK(p.error == 0);
  CHECK(p.tables[0] == -2.5f);
}

TEST_CASE("palette: the edges of f16") {
  ThreadPool pool(1);
  const Sample huge({65504, -65504, 65472, -65472, 0x1p-24f, -0x1p-24f, 0x1p-20f, 0}, true);
  const Axis axis{1, 1, 8};
  const Palette p = *palettize(huge.values(), axis, {2}, {}, pool);
  check_palette(huge.values(), axis, 0, {}, p);
  CHECK(std::isfinite(p.error));
  // Five places for four entries: two neighbours at one end share one, whose mean is not a f16.
  CHECK(p.tables[0] == -65504);
  CHECK(p.tables[3] >= 65472);
  CHECK(p.error == Approx(32.0 * 32.0));
  CHECK(p.bound == Approx(2 * 16.0 * 16.0));
  const Sample tiny({0x1p-24f, 0x1.8p-23f, 0x1p-22f, -0x1p-24f}, true);
  CHECK(palettize(tiny.values(), {1, 1, 4}, {2}, {}, pool)->error == 0);
}

TEST_CASE("palette: elements without importance") {
  const bool half = GENERATE(true, false);
  ThreadPool pool(1);
  const Sample sample({1, 2, 3, 10, 20, 30, 7, 8, 9, 100}, half);
  // The second group counts for nothing: all its elements then count the same.
  const std::vector<float> weights = {2, 1, 1, 0, 0, 0, 0, 0, 0, 0};
  const Axis axis{1, 2, 5};
  const Importance importance{weights, 1};
  const Palette p = *palettize(sample.values(), axis, {1, 1}, importance, pool);
  check_palette(sample.values(), axis, 1, importance, p);
  CHECK(p.tables[0] == 1);
  CHECK(p.tables[1] == 2.5f);
  CHECK(p.tables[2] == 13.5f);
  CHECK(p.tables[3] == 100);
  CHECK(p.error == Approx(0.5));
}
