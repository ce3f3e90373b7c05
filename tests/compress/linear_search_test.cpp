#include <cstring>

#include "tests/compress/linear_reference.h"
#include "tests/support/catch.h"

using namespace corecast;
using namespace corecast::compress;
using namespace corecast::compress::test;

namespace {

/// The least error of a block over a dense scan of scales, integers chosen to fit.
double best_of_scan(const std::vector<double>& w, const LinearSpec& spec, bool half) {
  const Ends ends = ends_of(spec);
  double reach = 0;
  for (const double x : w) reach = std::max(reach, std::abs(x));
  double best = std::numeric_limits<double>::infinity();
  for (double z = spec.symmetric ? ends.middle : ends.lowest;
       z <= (spec.symmetric ? ends.middle : ends.highest); ++z) {
    for (int k = 0; k < 1000; ++k) {
      const double scale = rounded(reach / ends.highest * std::exp2(1.5 - 0.005 * k), half);
      double error = 0;
      for (const double x : w) {
        const double q = std::clamp(std::nearbyint(x / scale), ends.lowest - z, ends.highest - z);
        const double e = x - rounded(q * scale, half);
        error += e * e;
      }
      best = std::min(best, error);
    }
  }
  return best;
}

double quantized_error(const Weight& w, const Dims& dims, const LinearSpec& spec,
                       const Importance& importance = {}) {
  ThreadPool pool(2);
  const LinearQuantized q = quantize_linear(w.values(), dims, spec, importance, pool);
  CHECK(q.error == Approx(stored_error(q, w, spec, dims, importance)).epsilon(1e-5));
  return q.error;
}

std::vector<double> heavy_tailed(std::int64_t n, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::student_t_distribution<double> d(5);
  std::vector<double> v;
  for (std::int64_t i = 0; i < n; ++i) v.push_back(0.02 * d(engine));
  return v;
}

bool same(const LinearQuantized& a, const LinearQuantized& b) {
  const auto x = a.data->bytes(), y = b.data->bytes();
  return a.scales == b.scales && a.offsets == b.offsets && a.error == b.error &&
         x.size() == y.size() && std::equal(x.begin(), x.end(), y.begin());
}

}  // namespace

TEST_CASE("linear: mse never loses against abs_max") {
  const unsigned seed = GENERATE(11u, 12u, 13u);
  const bool half = GENERATE(true, false);
  const std::int64_t rows = 24, columns = 320;
  std::vector<float> importance;
  for (std::int64_t i = 0; i < columns; ++i) importance.push_back(float(i % 7) * 0.3f);
  for (const bool heavy : {false, true}) {
    const auto v = heavy ? heavy_tailed(rows * columns, seed) : normal(rows * columns, 0.02, seed);
    const Weight w(v, half);
    for (const ir::DType dtype : {ir::DType::i8, ir::DType::u8, ir::DType::i4, ir::DType::u4}) {
      for (const bool symmetric : {true, false}) {
        for (const Dims& block : {Dims{1, 32}, Dims{1, columns}, Dims{rows, 1}, Dims{rows, columns},
                                  Dims{4, 5}, Dims{1, 1}}) {
          for (const bool weighted : {false, true}) {
            const Importance g = weighted ? Importance{importance, 1} : Importance{};
            LinearSpec spec{dtype, symmetric, ScaleSearch::abs_max, block};
            const double before = quantized_error(w, {rows, columns}, spec, g);
            spec.search = ScaleSearch::mse;
            INFO("seed " << seed << " half " << half << " heavy " << heavy << " "
                         << ir::name_of(dtype) << " symmetric " << symmetric << " block "
                         << block[0] << "x" << block[1] << " weighted " << weighted);
            CHECK(quantized_error(w, {rows, columns}, spec, g) <= before);
          }
        }
      }
    }
  }
}

TEST_CASE("linear: mse is near the best of a dense scan") {
  const unsigned seed = GENERATE(21u, 22u);
  const bool half = GENERATE(true, false);
  const bool symmetric = GENERATE(true, false);
  const std::int64_t n = 32, blocks = symmetric ? 60 : 12;
  const Weight w(heavy_tailed(n * blocks, seed), half);
  const LinearSpec spec{
      symmetric ? ir::DType::i4 : ir::DType::u4, symmetric, ScaleSearch::mse, {1, n}};
  double best = 0;
  for (std::int64_t b = 0; b < blocks; ++b)
    best += best_of_scan({w.v.begin() + b * n, w.v.begin() + (b + 1) * n}, spec, half);
  const double found = quantized_error(w, {blocks, n}, spec);
  INFO("seed " << seed << " half " << half << " symmetric " << symmetric << " found/best "
               << found / best);
  CHECK(found <= best * (symmetric ? 1.03 : 1.06));
}

TEST_CASE("linear: what can be stored exactly is found") {
  // Multiples of a scale that abs_max, which fits the largest one to the end, does not hit.
  const bool half = GENERATE(true, false);
  std::vector<double> v;
  for (int i = 0; i < 64; ++i) v.push_back(0.25 * (i * 5 % 11 - 5));
  const Weight w(v, half);
  CHECK(quantized_error(w, {64}, {ir::DType::i4, true, ScaleSearch::mse, {64}}) == 0);
  CHECK(quantized_error(w, {64}, {ir::DType::i4, true, ScaleSearch::abs_max, {64}}) > 0);
  // Two magnitudes of which only one counts.
  const Weight two({1, 1, 1, 0.3, 0.3, 0.3}, half);
  const std::vector<float> importance = {0, 0, 0, 1, 1, 1};
  const LinearSpec spec{ir::DType::i4, true, ScaleSearch::mse, {6}};
  ThreadPool pool(1);
  const LinearQuantized q = quantize_linear(two.values(), {6}, spec, {importance, 1}, pool);
  CHECK(q.error < 1e-7);
}

TEST_CASE("linear: the closed form for a scale") {
  // One bit's worth of integers: all weights beyond the ends. Every |integer| is 7, and the best
  // scale their mean over 7.
  const bool half = GENERATE(true, false);
  std::vector<double> v;
  for (int i = 0; i < 40; ++i) v.push_back((i % 2 ? 1 : -1) * (1 + 0.001 * i));
  const Weight w(v, half);
  double mean = 0;
  for (const double x : w.v) mean += std::abs(x) / 40;
  ThreadPool pool(1);
  const LinearQuantized q =
      quantize_linear(w.values(), {40}, {ir::DType::i4, true, ScaleSearch::mse, {40}}, {}, pool);
  const double levels = std::nearbyint(mean / static_cast<double>(q.scales[0]));
  CHECK(static_cast<double>(q.scales[0]) == Approx(mean / levels).epsilon(1e-3));
}

TEST_CASE("linear: large blocks") {
  // Beyond a tile's size: parts and a histogram.
  const unsigned seed = 31;
  INFO("seed " << seed);
  const Dims dims = {3, 300, 301};
  const bool half = GENERATE(true, false);
  const Weight w(heavy_tailed(3 * 300 * 301, seed), half);
  for (const bool symmetric : {true, false}) {
    LinearSpec spec{ir::DType::i4, symmetric, ScaleSearch::abs_max, dims};
    const double before = quantized_error(w, dims, spec);
    spec.search = ScaleSearch::mse;
    const double after = quantized_error(w, dims, spec);
    CHECK(after < before / 4);  // heavy tails: a range of many sigmas
    std::vector<float> importance(301, 1.f);
    CHECK(quantized_error(w, dims, spec, {importance, 1}) == Approx(after).epsilon(1e-6));
    spec.search = ScaleSearch::hqq;
    CHECK(quantized_error(w, dims, spec) < before);
  }
  // A strided one.
  const Weight tall(heavy_tailed(4 * 140000, seed), half);
  LinearSpec spec{ir::DType::i4, true, ScaleSearch::abs_max, {140000, 2}};
  const double before = quantized_error(tall, {140000, 4}, spec);
  spec.search = ScaleSearch::mse;
  CHECK(quantized_error(tall, {140000, 4}, spec) < before);
}

TEST_CASE("linear: hqq gains on abs_max in its own measure") {
  const unsigned seed = 41;
  INFO("seed " << seed);
  const Weight w(heavy_tailed(64 * 64, seed), true);
  const auto measure = [&](ScaleSearch search) {
    ThreadPool pool(1);
    const LinearSpec spec{ir::DType::i4, true, search, {1, 64}};
    const LinearQuantized q = quantize_linear(w.values(), {64, 64}, spec, {}, pool);
    double sum = 0;
    for (std::size_t i = 0; i < w.v.size(); ++i) {
      const double scale = static_cast<double>(q.scales[i / 64]);
      sum += std::pow(std::abs(w.v[i] - code_at(q, spec.dtype, i) * scale), 0.75);
    }
    return sum;
  };
  CHECK(measure(ScaleSearch::hqq) < measure(ScaleSearch::abs_max));
}

TEST_CASE("linear: the same bytes whatever the threads and the instruction set") {
  const unsigned seed = 51;
  INFO("seed " << seed);
  const Dims dims = {70, 3, 101};
  std::vector<float> importance;
  for (int i = 0; i < 101; ++i) importance.push_back(float(i % 5));
  const Isa best = kernels().isa;
  for (const bool half : {true, false}) {
    const Weight w(heavy_tailed(70 * 3 * 101, seed), half);
    for (const Dims& block : {Dims{1, 3, 101}, Dims{1, 1, 101}, Dims{70, 1, 1}, Dims{1, 3, 1},
                              Dims{70, 3, 101}, Dims{7, 1, 101}}) {
      for (const ScaleSearch search : {ScaleSearch::abs_max, ScaleSearch::mse, ScaleSearch::hqq}) {
        for (const bool symmetric : {true, false}) {
          for (const bool weighted : {false, true}) {
            const LinearSpec spec{ir::DType::i4, symmetric, search, block};
            const Importance g = weighted ? Importance{importance, 1} : Importance{};
            const auto run = [&](Isa isa, int threads) {
              use_kernels(isa);
              ThreadPool pool(threads);
              return quantize_linear(w.values(), dims, spec, g, pool);
            };
            const LinearQuantized first = run(Isa::generic, 1);
            for (const int threads : {2, 3}) CHECK(same(first, run(Isa::generic, threads)));
            for (const Isa isa : usable_isas()) {
              INFO(name_of(isa) << " half " << half << " symmetric " << symmetric << " search "
                                << static_cast<int>(search) << " weighted " << weighted << " block "
                                << block[0] << "," << block[1] << "," << block[2]);
              if (kernels_of(isa)) CHECK(same(first, run(isa, 2)));
            }
          }
        }
      }
    }
  }
  use_kernels(best);
}

TEST_CASE("linear: large blocks whatever the threads") {
  const unsigned seed = 61;
  INFO("seed " << seed);
  const Weight w(heavy_tailed(400001, seed), true);
  const LinearSpec spec{ir::DType::u4, false, ScaleSearch::mse, {400001}};
  const auto run = [&](int threads) {
    ThreadPool pool(threads);
    return quantize_linear(w.values(), {400001}, spec, {}, pool);
  };
  const LinearQuantized first = run(1);
  CHECK(same(first, run(2)));
  CHECK(same(first, run(3)));
}
