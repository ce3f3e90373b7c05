#include "executor/cpu/kernels/elementwise.h"

#include <limits>

#include "tests/executor/random_data.h"

using namespace corecast;
using namespace corecast::cpu;
using namespace corecast::test;

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Distance in representable floats, after rounding the wanted value.
double ulps(float got, double want) {
  const auto w = static_cast<float>(want);
  if (std::isnan(got) || std::isnan(w)) return std::isnan(got) && std::isnan(w) ? 0 : kInf;
  if (got == w) return 0;
  if (std::isinf(got) || std::isinf(w)) return kInf;
  const double step = std::max(
      static_cast<double>(std::nextafter(std::fabs(w), kInf)) - std::fabs(static_cast<double>(w)),
      static_cast<double>(std::numeric_limits<float>::denorm_min()));
  return std::fabs(static_cast<double>(got) - want) / step;
}

struct Function {
  Unary op;
  double (*exact)(double);
  double bound;  ///< ulp
  float lo, hi;  ///< range of random arguments
};

const Function kFunctions[] = {
    {Unary::exp, std::exp, 2, -103, 88},
    {Unary::exp2, std::exp2, 2, -140, 127},
    {Unary::log, std::log, 2, 0, 1e30f},
    {Unary::tanh, std::tanh, 3, -10, 10},
    {Unary::erf, std::erf, 3, -5, 5},
    {Unary::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, 4, -80, 80},
    {Unary::sqrt, std::sqrt, 0.5001, 0, 1e30f},
    {Unary::sin, std::sin, 4, -3, 3},
    {Unary::cos, std::cos, 4, -1.5f, 1.5f},
    {Unary::softplus,
     [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); }, 4, -80, 80},
    {Unary::silu, [](double x) { return x / (1 + std::exp(-x)); }, 5, -80, 80},
    {Unary::round, std::nearbyint, 0, -100, 100},
    {Unary::floor, std::floor, 0, -100, 100},
    {Unary::ceil, std::ceil, 0, -100, 100},
};

}  // namespace

TEST_CASE("unary: within a few ulp, with every tail length") {
  const unsigned seed = fresh_seed();
  CAPTURE(seed);
  ThreadPool pool(1);
  for_each_isa([&] {
    Random random(seed);
    for (const Function& f : kFunctions) {
      CAPTURE(static_cast<int>(f.op));
      double worst = 0;
      float worst_at = 0;
      for (std::int64_t n = 0; n < 1500; n += 7) {
        std::vector<float> x(at(n)), y(at(n));
        for (float& v : x) v = std::uniform_real_distribution<float>(f.lo, f.hi)(random.engine);
        unary(pool, f.op, x.data(), y.data(), n);
        for (std::size_t i = 0; i < x.size(); ++i) {
          const double e = ulps(y[i], f.exact(static_cast<double>(x[i])));
          if (e > worst) worst = e, worst_at = x[i];
        }
      }
      CAPTURE(worst_at);
      CHECK(worst <= f.bound);
    }
  });
}

TEST_CASE("unary: special values") {
  ThreadPool pool(1);
  const std::vector<float> x{-kInf, -1000, -0.f, 0.f, 1e-45f, 1e-39f, 1000, kInf, kNan};
  const auto n = static_cast<std::int64_t>(x.size());
  for_each_isa([&] {
    auto run = [&](Unary op, float alpha = 0, float beta = 0) {
      std::vector<float> y(x.size());
      unary(pool, op, x.data(), y.data(), n, alpha, beta);
      return y;
    };
    auto exp = run(Unary::exp);
    CHECK(exp[0] == 0);
    CHECK(exp[1] == 0);
    CHECK(exp[3] == 1);
    CHECK(exp[6] == kInf);
    CHECK(exp[7] == kInf);
    CHECK(std::isnan(exp[8]));
    auto log = run(Unary::log);
    CHECK(std::isnan(log[0]));
    CHECK(log[3] == -kInf);
    CHECK(ulps(log[5], std::log(static_cast<double>(x[5]))) <= 2);
    CHECK(log[7] == kInf);
    CHECK(std::isnan(log[8]));
    auto tanh = run(Unary::tanh);
    CHECK(tanh[0] == -1);
    CHECK(std::signbit(tanh[2]));
    CHECK(tanh[7] == 1);
    CHECK(std::isnan(tanh[8]));
    auto erf = run(Unary::erf);
    CHECK(erf[0] == -1);
    CHECK(erf[7] == 1);
    CHECK(std::isnan(erf[8]));
    auto sigmoid = run(Unary::sigmoid);
    CHECK(sigmoid[0] == 0);
    CHECK(sigmoid[3] == 0.5f);
    CHECK(sigmoid[7] == 1);
    auto relu = run(Unary::relu);
    CHECK(relu[0] == 0);
    CHECK(std::isnan(relu[8]));
    auto clip = run(Unary::clip, -2, 5);
    CHECK(clip[0] == -2);
    CHECK(clip[6] == 5);
    CHECK(std::isnan(clip[8]));
    auto elu = run(Unary::elu, 2);
    CHECK(elu[0] == -2);
    CHECK(elu[7] == kInf);
    auto softplus = run(Unary::softplus);
    CHECK(softplus[0] == 0);
    CHECK(softplus[6] == 1000);
    CHECK(softplus[7] == kInf);
    CHECK(std::isnan(softplus[8]));
  });
}

TEST_CASE("binary: broadcasting against a walk over indices") {
  const unsigned seed = fresh_seed();
  CAPTURE(seed);
  ThreadPool pool(2);
  for_each_isa([&] {
    Random random(seed);
    for (int round = 0; round < 200; ++round) {
      Dims out, da, db;
      const std::int64_t rank = random.in(0, 4);
      for (std::int64_t i = 0; i < rank; ++i) {
        out.push_back(random.in(round % 10 == 0 ? 0 : 1, 9));
        da.push_back(random.in(0, 2) ? out.back() : 1);
        db.push_back(random.in(0, 2) ? out.back() : 1);
      }
      for (std::int64_t i = 0; i < rank; ++i) out[at(i)] = da[at(i)] == 1 ? db[at(i)] : da[at(i)];
      while (!da.empty() && da[0] == 1 && random.in(0, 1)) da.erase(da.begin());
      std::int64_t n = 1, na = 1, nb = 1;
      for (const auto d : out) n *= d;
      for (const auto d : da) na *= d;
      for (const auto d : db) nb *= d;
      const auto a = random.floats(na), b = random.floats(nb);
      std::vector<float> y(at(n));
      binary(pool, Binary::sub, Broadcast(out, {da, db}), a.data(), b.data(), y.data());
      bool same = true;
      for (std::int64_t i = 0; i < n; ++i) {
        auto index_in = [&](const Dims& d) {
          std::int64_t rest = i, index = 0, stride = 1;
          for (std::size_t k = 0; k < out.size(); ++k) {
            const std::size_t axis = out.size() - 1 - k;
            const std::int64_t position = rest % out[axis];
            rest /= out[axis];
            if (k >= d.size()) continue;
            const std::int64_t size = d[d.size() - 1 - k];
            index += (size == 1 ? 0 : position) * stride;
            stride *= size;
          }
          return index;
        };
        same = same && y[at(i)] == a[at(index_in(da))] - b[at(index_in(db))];
      }
      CHECK(same);
    }
  });
}

TEST_CASE("binary: NaN wins in max and min; mod follows the divisor's sign") {
  ThreadPool pool(1);
  const std::vector<float> a{kNan, 1, -7, 7, -7, 0.f};
  const std::vector<float> b{1, kNan, 3, -3, -3, 5};
  const Broadcast shape({6}, {{6}, {6}});
  for_each_isa([&] {
    std::vector<float> y(6);
    binary(pool, Binary::max, shape, a.data(), b.data(), y.data());
    CHECK(std::isnan(y[0]));
    CHECK(std::isnan(y[1]));
    CHECK(y[2] == 3);
    binary(pool, Binary::min, shape, a.data(), b.data(), y.data());
    CHECK(std::isnan(y[0]));
    CHECK(std::isnan(y[1]));
    CHECK(y[3] == -3);
    binary(pool, Binary::mod, shape, a.data(), b.data(), y.data());
    CHECK(y[2] == 2);
    CHECK(y[3] == -2);
    CHECK(y[4] == -1);
    CHECK(y[5] == 0);
  });
}

TEST_CASE("halves: both ways, every code") {
  std::vector<std::uint16_t> codes(65536), back(65536);
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::uint16_t>(i);
  std::vector<float> wide(65536);
  for_each_isa([&] {
    const auto& k = kernels();
    k.half_to_float(codes.data(), wide.data(), 65536);
    CHECK(wide[0x3c00] == 1);
    CHECK(wide[0x0001] == std::ldexp(1.f, -24));
    CHECK(wide[0x7c00] == kInf);
    CHECK(wide[0xfbff] == -65504);
    CHECK(std::signbit(wide[0x8000]));
    k.float_to_half(wide.data(), back.data(), 65536);
    int wrong = 0;
    for (std::size_t i = 0; i < codes.size(); ++i)
      wrong += std::isnan(wide[i]) ? (back[i] & 0x7c00u) != 0x7c00u || (back[i] & 0x3ffu) == 0
                                   : back[i] != codes[i];
    CHECK(wrong == 0);
    std::vector<float> v{65519.f,
                         65520.f,
                         1.f + 1.f / 2048,
                         1.f + 3.f / 2048,
                         std::ldexp(1.f, -25),
                         std::ldexp(1.5f, -25)};
    k.round_to_half(v.data(), 6);
    CHECK(v[0] == 65504);
    CHECK(v[1] == kInf);
    CHECK(v[2] == 1);
    CHECK(v[3] == 1.f + 2.f / 1024);
    CHECK(v[4] == 0);
    CHECK(v[5] == std::ldexp(1.f, -24));
  });
}
