#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <random>

#include "compress/cpu/kernels.h"
#include "compress/palette/scaled_palette.h"
#include "tests/compress/palette_reference.h"

using namespace corecast;
using namespace corecast::compress;

namespace {

/// What the two ops give, element by element, and its error.
double decoded_error(const Values& w, const std::vector<std::int64_t>& dims,
                     const ScaledPaletteSpec& spec, const Importance& importance,
                     const ScaledPalette& p) {
  double error = 0;
  for (std::int64_t i = 0; i < w.size(); ++i) {
    std::int64_t rest = i, scale_at = 0, stride = 1, channel = 0;
    for (std::size_t d = dims.size(); d-- > 0;) {
      const std::int64_t at = rest % dims[d];
      rest /= dims[d];
      if (static_cast<std::int64_t>(d) == spec.axis) channel = at;
      scale_at += at / spec.block[d] * stride;
      stride *= dims[d] / spec.block[d];
    }
    const std::int64_t g = spec.group ? channel / spec.group : 0;
    const float entry = p.palette.tables[(static_cast<std::size_t>(g) << spec.bits) +
                                         index_at(*p.palette.indices, spec.bits, i)];
    const float product = entry * p.scales[static_cast<std::size_t>(scale_at)];
    const float value = w.is_half() ? ir::to_float(ir::to_half(product)) : product;
    error += importance.of(i) * std::pow(double{w[i]} - double{value}, 2);
  }
  return error;
}

double decibels(const Values& w, double error) {
  double signal = 0;
  for (std::int64_t i = 0; i < w.size(); ++i) signal += double{w[i]} * double{w[i]};
  return 10 * std::log10(signal / error);
}

}  // namespace

TEST_CASE("scaled palette: shapes, dtypes, error") {
  const bool half = GENERATE(true, false);
  const bool weighted = GENERATE(true, false);
  const int bits = GENERATE(2, 3, 4);
  INFO("half " << half << ", weighted " << weighted << ", bits " << bits);
  const std::vector<std::int64_t> dims = {16, 12, 20};
  const Sample sample(16 * 12 * 20, half, 21);
  std::vector<float> weights(60);
  std::mt19937 random(4);
  for (float& x : weights) x = std::uniform_real_distribution<float>(0, 2)(random);
  std::fill_n(weights.begin(), 5, 0.0f);  // whole blocks that do not count
  const Importance importance = weighted ? Importance{weights, 4} : Importance{};
  ThreadPool pool(2);
  const std::vector<ScaledPaletteSpec> specs = {{bits, 0, 0, {1, 1, 20}, ScaleFit::error},
                                                {bits, 0, 4, {2, 12, 1}, ScaleFit::error},
                                                {bits, 1, 3, {16, 1, 5}, ScaleFit::error},
                                                {bits, 0, 0, {16, 12, 20}, ScaleFit::error},
                                                {bits, 0, 4, {16, 1, 1}, ScaleFit::largest}};
  for (const ScaledPaletteSpec& spec : specs) {
    const ScaledPalette p = palettize_scaled(sample.values(), dims, spec, importance, pool);
    std::int64_t scales = 1;
    for (std::size_t d = 0; d < 3; ++d) {
      CHECK(p.scale_dims[d] == dims[d] / spec.block[d]);
      scales *= p.scale_dims[d];
    }
    REQUIRE(p.scales.size() == static_cast<std::size_t>(scales));
    for (const float s : p.scales) CHECK(s > 0);
    if (half) {
      const auto is_half = [](float x) { return ir::to_float(ir::to_half(x)) == x; };
      CHECK(std::ranges::all_of(p.scales, is_half));
      CHECK(std::ranges::all_of(p.palette.tables, is_half));
    }
    CHECK(p.palette.error ==
          Approx(decoded_error(sample.values(), dims, spec, importance, p)).epsilon(1e-6));
  }
}

TEST_CASE("scaled palette: signal to noise on bell-shaped and heavy-tailed rows") {
  const bool heavy = GENERATE(false, true);
  INFO("heavy " << heavy);
  std::mt19937_64 random(17);
  std::vector<float> values;
  for (int i = 0; i < 256 * 512; ++i)
    values.push_back(0.02f * static_cast<float>(heavy
                                                    ? std::student_t_distribution<double>(5)(random)
                                                    : std::normal_distribution<double>()(random)));
  const Sample sample(values, true);
  ThreadPool pool(2);
  const auto at = [&](int bits, std::int64_t block) {
    const ScaledPalette p =
        palettize_scaled(sample.values(), {256, 512}, {bits, 0, 0, {1, block}}, {}, pool);
    return decibels(sample.values(), p.palette.error);
  };
  CHECK(at(4, 32) >= (heavy ? 20.7 : 21.7));
  CHECK(at(2, 32) >= (heavy ? 8.2 : 9.6));
  // Never worse than without scales, but for the rounding of scales.
  const Palette plain = *palettize(sample.values(), {1, 256, 512}, {4}, {}, pool);
  CHECK(at(4, 512) >= decibels(sample.values(), plain.error) - 0.02);
}

TEST_CASE("scaled palette: rows of very different size, zeros, nothing") {
  const bool half = GENERATE(true, false);
  ThreadPool pool(1);
  std::mt19937 random(8);
  std::vector<float> values(8 * 64);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = i / 64 == 3 ? 0.0f
                            : std::normal_distribution<float>()(random) *
                                  std::exp2(static_cast<float>(i / 64) * 2 - 8);
  const Sample sample(values, half);
  const ScaledPaletteSpec spec{4, 0, 0, {1, 64}};
  const ScaledPalette p = palettize_scaled(sample.values(), {8, 64}, spec, {}, pool);
  CHECK(p.scales[3] == 1);
  CHECK(p.palette.error ==
        Approx(decoded_error(sample.values(), {8, 64}, spec, {}, p)).epsilon(1e-6));
  CHECK(decibels(sample.values(), p.palette.error) > 18);
  const Sample none(std::vector<float>{}, half);
  const ScaledPalette q = palettize_scaled(none.values(), {0, 64}, spec, {}, pool);
  CHECK(q.palette.indices->size() == 0);
  CHECK(q.scales.empty());
  const Sample zeros(std::vector<float>(64), half);
  CHECK(palettize_scaled(zeros.values(), {1, 64}, spec, {}, pool).palette.error == 0);
  std::vector<float> broken(64, 1.0f);
  broken[9] = std::numeric_limits<float>::infinity();
  const Sample infinite(broken, half);
  CHECK_THROWS_AS(palettize_scaled(infinite.values(), {1, 64}, spec, {}, pool), InternalError);
}

TEST_CASE("scaled palette: the same on any number of threads and by any instruction set") {
  const Sample sample(64 * 96, true, 2);
  std::optional<ScaledPalette> first;
  const Isa before = kernels().isa;
  for (const Isa isa : {Isa::generic, Isa::avx2, Isa::avx512}) {
    if (!kernels_of(isa)) continue;
    use_kernels(isa);
    for (const int threads : {1, 2, 3}) {
      ThreadPool pool(threads);
      ScaledPalette p = palettize_scaled(sample.values(), {64, 96}, {3, 0, 16, {1, 32}}, {}, pool);
      if (!first) {
        first = std::move(p);
        continue;
      }
      CHECK(p.scales == first->scales);
      CHECK(p.palette.tables == first->palette.tables);
      CHECK(std::ranges::equal(p.palette.indices->bytes(), first->palette.indices->bytes()));
    }
  }
  use_kernels(before);
}
