#include "executor/cpu/kernels/reduce.h"

#include <limits>

#include "tests/executor/random_data.h"

using namespace corecast;
using namespace corecast::cpu;
using namespace corecast::test;

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }
std::int64_t count(const Dims& dims) {
  std::int64_t n = 1;
  for (const auto d : dims) n *= d;
  return n;
}

double reduced(Reduction op, const std::vector<double>& v) {
  double sum = 0, abs = 0, square = 0, product = 1, top = -INFINITY, bottom = INFINITY;
  for (const double x : v) {
    sum += x;
    abs += std::fabs(x);
    square += x * x;
    product *= x;
    top = std::max(top, x);
    bottom = std::min(bottom, x);
  }
  double exps = 0;
  for (const double x : v) exps += std::exp(x - top);
  switch (op) {
    case Reduction::sum: return sum;
    case Reduction::mean: return sum / static_cast<double>(v.size());
    case Reduction::max: return top;
    case Reduction::min: return bottom;
    case Reduction::prod: return product;
    case Reduction::l1_norm: return abs;
    case Reduction::l2_norm: return std::sqrt(square);
    case Reduction::sum_square: return square;
    case Reduction::log_sum: return std::log(sum);
    case Reduction::log_sum_exp: return std::log(exps) + top;
  }
  return 0;
}

}  // namespace

TEST_CASE("reduce: any axes, every operation") {
  const unsigned seed = fresh_seed();
  CAPTURE(seed);
  ThreadPool pool(2);
  for_each_isa([&] {
    Random random(seed);
    for (int round = 0; round < 200; ++round) {
      const auto op = static_cast<Reduction>(round % 10);
      Dims dims;
      std::vector<bool> mask;
      const std::int64_t rank = random.in(0, 4);
      for (std::int64_t i = 0; i < rank; ++i) {
        dims.push_back(random.in(1, op == Reduction::prod ? 4 : 11));
        mask.push_back(random.in(0, 1) != 0);
      }
      auto x = random.floats(count(dims));
      if (op == Reduction::log_sum)
        for (float& v : x) v = std::fabs(v);
      std::vector<std::vector<double>> groups;
      std::int64_t kept = 1;
      for (std::size_t i = 0; i < dims.size(); ++i) kept *= mask[i] ? 1 : dims[i];
      groups.resize(at(kept));
      for (std::int64_t i = 0; i < count(dims); ++i) {
        std::int64_t rest = i, place = 0, stride = 1;
        for (std::size_t a = dims.size(); a-- > 0;) {
          if (!mask[a]) {
            place += rest % dims[a] * stride;
            stride *= dims[a];
          }
          rest /= dims[a];
        }
        groups[at(place)].push_back(static_cast<double>(x[at(i)]));
      }
      std::vector<double> want;
      for (const auto& g : groups) want.push_back(reduced(op, g));
      std::vector<float> y(at(kept));
      reduce(pool, op, x.data(), dims, mask, y.data());
      CAPTURE(round);
      CHECK(worst_error(y, want, kept) < 1e-4);
    }
  });
}

TEST_CASE("reduce: long sums keep their digits; NaN wins in max") {
  ThreadPool pool(1);
  for_each_isa([&] {
    std::vector<float> x(10'000'000, 0.1f);
    float y = 0;
    reduce(pool, Reduction::sum, x.data(), {10'000'000}, {true}, &y);
    CHECK(static_cast<double>(y) == Approx(1e7 * static_cast<double>(0.1f)).epsilon(1e-6));
    x[77] = NAN;
    reduce(pool, Reduction::max, x.data(), {1000}, {true}, &y);
    CHECK(std::isnan(y));
    reduce(pool, Reduction::min, x.data(), {1000}, {true}, &y);
    CHECK(std::isnan(y));
    std::int32_t index = 0;
    arg_extreme(pool, {.largest = true}, x.data(), 1, 1000, 1, &index);
    CHECK(index == 77);
  });
}

TEST_CASE("softmax and norms: against formulas in double") {
  const unsigned seed = fresh_seed();
  CAPTURE(seed);
  ThreadPool pool(2);
  for_each_isa([&] {
    Random random(seed);
    for (int round = 0; round < 40; ++round) {
      const std::int64_t outer = random.in(1, 5), n = random.in(1, 70),
                         inner = round % 2 ? 1 : random.in(1, 300);
      auto x = random.floats(outer * n * inner);
      if (round == 3) x[0] = -INFINITY;
      std::vector<float> y(x.size());
      softmax(pool, x.data(), y.data(), outer, n, inner);
      std::vector<double> want(x.size());
      for (std::int64_t o = 0; o < outer; ++o)
        for (std::int64_t i = 0; i < inner; ++i) {
          double total = 0;
          for (std::int64_t k = 0; k < n; ++k)
            total += std::exp(static_cast<double>(x[at((o * n + k) * inner + i)]));
          for (std::int64_t k = 0; k < n; ++k)
            want[at((o * n + k) * inner + i)] =
                std::exp(static_cast<double>(x[at((o * n + k) * inner + i)])) / total;
        }
      CHECK(worst_error(y, want, outer * n * inner) < 1e-6);
      if (inner != 1) continue;
      const auto gamma = random.floats(n), beta = random.floats(n);
      x[0] = 1;
      layer_norm(pool, x.data(), y.data(), outer, n, gamma.data(), beta.data(), 1e-3f);
      for (std::int64_t o = 0; o < outer; ++o) {
        double mean = 0, variance = 0;
        for (std::int64_t k = 0; k < n; ++k)
          mean += static_cast<double>(x[at(o * n + k)]) / static_cast<double>(n);
        for (std::int64_t k = 0; k < n; ++k)
          variance +=
              std::pow(static_cast<double>(x[at(o * n + k)]) - mean, 2) / static_cast<double>(n);
        for (std::int64_t k = 0; k < n; ++k)
          want[at(o * n + k)] = (static_cast<double>(x[at(o * n + k)]) - mean) /
                                    std::sqrt(variance + 1e-3) * static_cast<double>(gamma[at(k)]) +
                                static_cast<double>(beta[at(k)]);
      }
      CHECK(worst_error(y, want, outer * n) < 1e-4);
    }
  });
}

TEST_CASE("permute: any order, any element size") {
  const unsigned seed = fresh_seed();
  CAPTURE(seed);
  ThreadPool pool(2);
  for_each_isa([&] {
    Random random(seed);
    for (int round = 0; round < 100; ++round) {
      Dims dims, perm;
      const std::int64_t rank = random.in(1, 5);
      for (std::int64_t i = 0; i < rank; ++i) {
        dims.push_back(random.in(1, round % 5 ? 9 : 40));
        perm.push_back(i);
      }
      if (count(dims) > 200'000) continue;
      std::shuffle(perm.begin(), perm.end(), random.engine);
      auto check = [&](auto zero) {
        using T = decltype(zero);
        std::vector<T> x(at(count(dims))), y(x.size());
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(i * 7);
        permute(pool, dims, perm, sizeof(T), x.data(), y.data());
        const Dims strides = strides_of(dims);
        bool same = true;
        for (std::int64_t i = 0; i < count(dims); ++i) {
          std::int64_t rest = i, from = 0;
          for (std::size_t a = dims.size(); a-- > 0;) {
            const auto axis = at(perm[a]);
            from += rest % dims[axis] * strides[axis];
            rest /= dims[axis];
          }
          same = same && y[at(i)] == x[at(from)];
        }
        CHECK(same);
      };
      check(std::uint32_t{});
      if (round % 4 == 0) check(std::uint8_t{}), check(std::uint16_t{}), check(std::uint64_t{});
    }
  });
}
