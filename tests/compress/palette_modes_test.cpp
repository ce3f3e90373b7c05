#include <cmath>
#include <random>

#include "compress/cpu/kernels.h"
#include "compress/palette/palette.h"
#include "tests/compress/palette_reference.h"

using namespace corecast;
using namespace corecast::compress;

TEST_CASE("palette: uniform as coremltools computes it") {
  ThreadPool pool(2);
  SECTION("f16: every step is rounded") {
    // numpy: w = [-0.1, 0.037, 0.2, 0.05, 0.1499] as f16, 2 and 4 bits
    const Sample sample({-0.1f, 0.037f, 0.2f, 0.05f, 0.1499f}, true);
    const int bits = GENERATE(2, 4, 8);
    const Palette p =
        *palettize(sample.values(), {1, 1, 5}, {bits, 0, PaletteMode::uniform}, {}, pool);
    const auto f16 = [](double x) { return double{ir::to_float(ir::to_half(x))}; };
    const double low = f16(-0.1f), range = f16(f16(0.2f) - low), most = (1 << bits) - 1;
    double error = 0;
    for (std::int64_t i = 0; i < 5; ++i) {
      const double x = double{sample.values()[i]};
      const double place = f16(f16(f16(x - low) / range) * most);
      const std::size_t index = index_at(*p.indices, bits, i);
      CHECK(index == static_cast<std::size_t>(std::nearbyint(place)));
      error += std::pow(x - double{p.tables[index]}, 2);
    }
    for (std::size_t i = 0; i < p.tables.size(); ++i)
      CHECK(double{p.tables[i]} == f16(static_cast<double>(i) * f16(range / most) + low));
    CHECK(p.error == Approx(error));
  }
  SECTION("f32, by groups") {
    const Sample sample(3 * 8 * 1000, false, 3);
    const Palette p =
        *palettize(sample.values(), {3, 8, 1000}, {4, 2, PaletteMode::uniform}, {}, pool);
    CHECK(p.groups == 4);
    float low = 1e9f, high = -1e9f;
    for (std::int64_t i = 0; i < sample.values().size(); ++i) {
      if (i / 1000 % 8 / 2 != 2) continue;
      low = std::min(low, sample.values()[i]);
      high = std::max(high, sample.values()[i]);
    }
    CHECK(p.tables[32] == low);
    CHECK(p.tables[47] == Approx(high));
    for (std::int64_t i = 0; i < sample.values().size(); ++i) {
      if (i / 1000 % 8 / 2 != 2) continue;
      const float place = (sample.values()[i] - low) / (high - low) * 15.0f;
      CHECK(index_at(*p.indices, 4, i) == static_cast<std::size_t>(std::nearbyintf(place)));
    }
  }
  SECTION("one value, and a range beyond the dtype") {
    const bool half = GENERATE(true, false);
    const Sample same({2, 2, 2}, half);
    const Palette p = *palettize(same.values(), {1, 1, 3}, {2, 0, PaletteMode::uniform}, {}, pool);
    CHECK(p.tables == std::vector<float>(4, 2.0f));
    CHECK(p.error == 0);
    const float far = half ? 65504.0f : 3e38f;
    const Sample wide({-far, 0, far}, half);
    const Palette q = *palettize(wide.values(), {1, 1, 3}, {2, 0, PaletteMode::uniform}, {}, pool);
    CHECK(q.tables[0] == -far);
    CHECK(q.tables[3] == far);
    CHECK(index_at(*q.indices, 2, 0) == 0);
    CHECK(index_at(*q.indices, 2, 2) == 3);
  }
}

TEST_CASE("palette: unique values without loss") {
  const bool half = GENERATE(true, false);
  const std::int64_t n = GENERATE(30, 400000);
  INFO("half " << half << ", n " << n);
  ThreadPool pool(2);
  std::vector<float> values(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = 0.5f * static_cast<float>(i * 7 % 11) - 2;
  values[4] = -0.0f;
  const Sample sample(values, half);
  const Axis axis{1, 2, n / 2};
  const Palette p = *palettize(sample.values(), axis, {4, 0, PaletteMode::unique}, {}, pool);
  check_palette(sample.values(), axis, 0, {}, p);
  CHECK(p.error == 0);
  for (std::int64_t i = 0; i < n; ++i)
    if (sample.values()[i] != p.tables[index_at(*p.indices, 4, i)]) FAIL("element " << i);
  CHECK(bits_for_unique(sample.values(), axis, 0, pool) == 4);
  const auto refused = palettize(sample.values(), axis, {3, 1, PaletteMode::unique}, {}, pool);
  REQUIRE(!refused.has_value());
  CHECK(refused.error().code == Code::E4101);
}

TEST_CASE("palette: bits for unique values") {
  ThreadPool pool(1);
  const auto bits = [&](int different, bool half, std::int64_t group) {
    std::vector<float> values;
    for (int i = 0; i < 1200; ++i) values.push_back(static_cast<float>(i % different));
    const Sample sample(values, half);
    return bits_for_unique(sample.values(), {1, 4, 300}, group, pool);
  };
  for (const bool half : {true, false}) {
    CHECK(bits(1, half, 0) == 1);
    CHECK(bits(2, half, 0) == 1);
    CHECK(bits(3, half, 0) == 2);
    CHECK(bits(9, half, 1) == 4);
    CHECK(bits(17, half, 0) == 6);
    CHECK(bits(64, half, 2) == 6);
    CHECK(bits(65, half, 2) == 8);
    CHECK(bits(256, half, 0) == 8);
    CHECK(!bits(257, half, 0));
  }
}

TEST_CASE("palette kernels: packing") {
  std::mt19937 random(9);
  for (const Isa isa : {Isa::generic, Isa::avx2, Isa::avx512}) {
    const Kernels* kernels = kernels_of(isa);
    if (!kernels) continue;
    for (const int bits : {1, 2, 3, 4, 6, 8})
      for (const std::int64_t n : {0, 1, 7, 8, 9, 63, 64, 65, 200}) {
        std::vector<std::uint8_t> indices(static_cast<std::size_t>(n));
        for (auto& i : indices) i = static_cast<std::uint8_t>(random() % (1u << bits));
        const auto bytes = static_cast<std::size_t>((n * bits + 7) / 8);
        std::vector<std::uint8_t> packed(bytes + 1, 0xa5), expected(bytes + 1);
        for (std::int64_t i = 0; i < n * bits; ++i)
          expected[static_cast<std::size_t>(i / 8)] |= static_cast<std::uint8_t>(
              ((indices[static_cast<std::size_t>(i / bits)] >> (i % bits)) & 1) << (i % 8));
        expected[bytes] = 0xa5;  // nothing is written behind the end
        kernels->palette.pack(indices.data(), n, bits, packed.data());
        INFO(name_of(isa) << ", bits " << bits << ", n " << n);
        CHECK(packed == expected);
      }
  }
}

TEST_CASE("palette kernels: every f16 code among limits") {
  std::vector<std::uint16_t> codes;
  for (unsigned c = 0; c < 65536; ++c)
    if ((c & 0x7c00) != 0x7c00) codes.push_back(static_cast<std::uint16_t>(c));
  const auto n = static_cast<std::int64_t>(codes.size());
  std::mt19937 random(10);
  for (const Isa isa : {Isa::generic, Isa::avx2, Isa::avx512}) {
    const Kernels* kernels = kernels_of(isa);
    if (!kernels) continue;
    for (const int bits : {1, 2, 3, 4, 6, 8}) {
      const std::size_t count = (std::size_t{1} << bits) - 1;
      std::vector<std::int16_t> keys(count);
      for (auto& k : keys)
        k = static_cast<std::int16_t>(static_cast<int>(random() % 63487) - 31743);
      std::sort(keys.begin(), keys.end());
      std::vector<float> limits;
      for (const auto k : keys)
        limits.push_back(
            ir::to_float(ir::half{static_cast<std::uint16_t>(k < 0 ? 0x8000 - k : k)}));
      std::vector<float> values;
      for (const auto c : codes) values.push_back(ir::to_float(ir::half{c}));
      std::vector<std::uint8_t> by_key(codes.size()), by_value(codes.size());
      kernels->palette.assign_half(codes.data(), n, keys.data(), bits, by_key.data());
      kernels->palette.assign_float(values.data(), n, limits.data(), bits, by_value.data());
      std::int64_t wrong = 0;
      for (std::size_t i = 0; i < codes.size(); ++i) {
        const auto below =
            std::lower_bound(limits.begin(), limits.end(), values[i]) - limits.begin();
        wrong += by_key[i] != below || by_value[i] != below;
      }
      INFO(name_of(isa) << ", bits " << bits);
      CHECK(wrong == 0);
    }
  }
}
