#include "ir/dim.h"

#include <algorithm>
#include <array>
#include <random>

#include "base/check.h"
#include "tests/support/catch.h"

namespace corecast::ir {
namespace {

const Dim N = Dim::symbol("N"), M = Dim::symbol("M"), K = Dim::symbol("K");

/// A formula, a Dim made by its rules, and the same computed number by number.
struct Formula {
  Dim dim;
  std::array<std::optional<std::int64_t>, 4> values;  ///< under samples()
};

const std::array<SymbolValues, 4>& samples() {
  static const std::array<SymbolValues, 4> instance = {{{{"N", 1}, {"M", 1}, {"K", 1}},
                                                        {{"N", 7}, {"M", 3}, {"K", 2}},
                                                        {{"N", 2}, {"M", 19}, {"K", 5}},
                                                        {{"N", 64}, {"M", 6}, {"K", 33}}}};
  return instance;
}

std::int64_t floor_of(std::int64_t a, std::int64_t b) {
  const std::int64_t rest = (a % b + b) % b;  // of b's sign
  return (a - rest) / b;
}

class Formulas {
 public:
  explicit Formulas(unsigned seed) : random_(seed) {}

  Formula make(int depth) {
    if (depth == 0 || pick(5) == 0) return leaf();
    const Formula a = make(depth - 1), b = make(depth - 1);
    switch (pick(7)) {
      case 0: return both(a, b, a.dim + b.dim, [](auto x, auto y) { return x + y; });
      case 1: return both(a, b, a.dim - b.dim, [](auto x, auto y) { return x - y; });
      case 2: return both(a, b, a.dim * b.dim, [](auto x, auto y) { return x * y; });
      case 3: return both(a, b, max(a.dim, b.dim), [](auto x, auto y) { return std::max(x, y); });
      case 4: return both(a, b, min(a.dim, b.dim), [](auto x, auto y) { return std::min(x, y); });
      case 5: {
        const Formula d = divisor();
        return both(a, d, floor_div(a.dim, d.dim), floor_of);
      }
      default: {
        const Formula d = divisor();
        return both(a, d, mod(a.dim, d.dim), [](auto x, auto y) { return x - y * floor_of(x, y); });
      }
    }
  }

 private:
  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  Formula number(std::int64_t v) { return {Dim(v), {v, v, v, v}}; }
  Formula leaf() {
    static constexpr const char* names[] = {"N", "M", "K"};
    if (pick(3) == 0) return number(pick(13) - 6);
    const char* name = names[pick(3)];
    Formula f{Dim::symbol(name), {}};
    for (std::size_t i = 0; i < 4; ++i) f.values[i] = samples()[i].at(name);
    return f;
  }
  /// A number but 0, or a symbol and some more.
  Formula divisor() {
    static constexpr int numbers[] = {-5, -3, -2, -1, 1, 2, 3, 4, 7, 12};
    if (pick(3) > 0) return number(numbers[pick(10)]);
    const Formula a = leaf();
    return a.dim.is_constant()
               ? number(3)
               : both(a, number(pick(3)), a.dim + Dim(0), [](auto x, auto) { return x; });
  }
  template <class F>
  static Formula both(const Formula& a, const Formula& b, Dim dim, F f) {
    Formula out{std::move(dim), {}};
    for (std::size_t i = 0; i < 4; ++i) out.values[i] = f(*a.values[i], *b.values[i]);
    return out;
  }
  std::minstd_rand random_;
};

std::vector<Dim> some_dims(unsigned seed, int count) {
  Formulas formulas(seed);
  std::vector<Dim> dims;
  for (int i = 0; i < count; ++i) dims.push_back(formulas.make(i % 4).dim);
  for (const std::int64_t v : {std::int64_t{9}, std::int64_t{10}, INT64_MIN, INT64_MAX})
    dims.emplace_back(v);
  dims.push_back(Dim(10) * N);
  return dims;
}

TEST_CASE("dim: values are those of the formula, number by number") {
  Formulas formulas(1);
  for (int i = 0; i < 20000; ++i) {
    const Formula f = formulas.make(4);
    INFO(f.dim.to_string());
    for (std::size_t s = 0; s < 4; ++s) REQUIRE(f.dim.evaluate(samples()[s]) == f.values[s]);
  }
}

TEST_CASE("dim: the printed form is read back as the same, with the same text") {
  Formulas formulas(2);
  for (int i = 0; i < 5000; ++i) {
    const Dim d = formulas.make(4).dim;
    const auto back = Dim::parse(d.to_string());
    INFO(d.to_string());
    REQUIRE(back);
    REQUIRE(*back == d);
    REQUIRE(back->to_string() == d.to_string());
  }
  for (const Dim& d : {Dim(INT64_MIN), Dim(INT64_MAX), Dim(INT64_MIN) * N, N + Dim(INT64_MIN),
                       N + Dim(INT64_MIN) * M, Dim::symbol("max") + Dim::symbol("min")}) {
    INFO(d.to_string());
    CHECK(Dim::parse(d.to_string()) == d);
  }
}

TEST_CASE("dim: what is no expression is not read") {
  for (const char* text : {"", "+", "N+", "(N", "N)", "max(N", "max(N)", "max(N,1", "N/0", "N%0",
                           "1N", "9223372036854775808", "N M", "N**2"}) {
    INFO(text);
    CHECK_FALSE(Dim::parse(text));
  }
  CHECK_FALSE(Dim::parse(std::string(100, '(') + "N" + std::string(100, ')')));
  CHECK(Dim::parse(" ( N + 1 ) * 2 % 3 ") == mod((N + 1) * 2, 3));
}

TEST_CASE("dim: the order is total") {
  const std::vector<Dim> dims = some_dims(3, 120);
  for (const Dim& a : dims) {
    CHECK_FALSE(a < a);
    for (const Dim& b : dims) {
      INFO(a.to_string() << " and " << b.to_string());
      REQUIRE((a < b) + (b < a) + (a == b) == 1);  // one of the three
      REQUIRE((a == b) == (a.to_string() == b.to_string()));
      for (const Dim& c : dims) {
        if (a < b && b < c) REQUIRE(a < c);
      }
    }
  }
  CHECK(Dim(9) < Dim(10));
  CHECK(Dim(-10) < Dim(9));
  CHECK(Dim(10) < Dim(10) * N);
  CHECK(Dim(9) < Dim(10) * N);
}

TEST_CASE("dim: bounds hold for all sizes") {
  Formulas formulas(4);
  for (int i = 0; i < 20000; ++i) {
    const Formula f = formulas.make(4);
    INFO(f.dim.to_string());
    for (const auto& v : f.values) {
      REQUIRE(f.dim.lower_bound().value_or(INT64_MIN) <= *v);
      REQUIRE(f.dim.upper_bound().value_or(INT64_MAX) >= *v);
    }
  }
  CHECK(N.lower_bound() == 1);
  CHECK(N.upper_bound() == std::nullopt);
  CHECK((Dim(5) - N).upper_bound() == 4);
  CHECK(min(N, 7).upper_bound() == 7);
  CHECK(max(N, M).lower_bound() == 1);
  CHECK(floor_div(N + 3, 4).lower_bound() == 1);
  CHECK((-N).lower_bound() == std::nullopt);
}

TEST_CASE("dim: equal in arithmetic, equal in form") {
  Formulas formulas(5);
  for (int i = 0; i < 3000; ++i) {
    const Dim a = formulas.make(2).dim, b = formulas.make(2).dim, c = formulas.make(2).dim;
    INFO(a.to_string() << " | " << b.to_string() << " | " << c.to_string());
    REQUIRE(a + b == b + a);
    REQUIRE(a * b == b * a);
    REQUIRE((a + b) + c == a + (b + c));
    REQUIRE((a * b) * c == a * (b * c));
    REQUIRE(a * (b + c) == a * b + a * c);
    REQUIRE(a - a == Dim(0));
    REQUIRE(a + 0 == a);
    REQUIRE(a * 1 == a);
    REQUIRE(a * 0 == Dim(0));
    REQUIRE(-(-a) == a);
    REQUIRE(floor_div(a, 1) == a);
    REQUIRE(floor_div(a * 6, 6) == a);
    REQUIRE(floor_div(a * 6 + b * 12 + 5, 6) == a + b * 2);
    REQUIRE(floor_div(a + b * 4, 4) == floor_div(a, 4) + b);
    REQUIRE(floor_div(a, -3) == floor_div(-a, 3));
    REQUIRE(mod(a, 5) == a - Dim(5) * floor_div(a, 5));
    REQUIRE(ceil_div(a, 4) == floor_div(a + 3, 4));
    REQUIRE(max(a, b) == max(b, a));
    REQUIRE(min(a, b) == min(b, a));
    REQUIRE(max(a, a) == a);
    REQUIRE(max(max(a, b), c) == max(a, max(b, c)));
    REQUIRE(min(min(a, b), c) == min(a, min(b, c)));
    REQUIRE(max(max(a, b), max(b, c)) == max(c, max(b, a)));
    REQUIRE(max(a, a + 1) == a + 1);
    REQUIRE(min(a, a + 1) == a);
    REQUIRE(min(a, INT64_MAX) == a);
  }
}

TEST_CASE("dim: nested maxima and minima are flat") {
  CHECK(max(9, max(N, max(M, 10))).to_string() == "max(10,max(M,N))");
  CHECK(max(max(N, 3), max(M, 7)) == max(N, max(7, M)));
  CHECK(max(max(N, M), N + 1).to_string() == "max(M,N+1)");
  CHECK(min(10, min(N, 20)).to_string() == "min(10,N)");
  CHECK(min(min(N, 5), 1) == Dim(1));
  CHECK(max(max(N, M), 1) == max(N, M));
  CHECK(max(N, min(M, 4)).to_string() == "max(N,min(4,M))");
  CHECK(max(Dim(2) * max(N, M), 9).to_string() == "max(2*max(M,N),9)");
  // Substituting leads to the same forms.
  CHECK(max(N, max(M, K)).substitute({{"M", Dim(4)}, {"K", Dim(9)}}) == max(N, 9));
  CHECK(max(N, M).substitute({{"M", max(K, N)}}) == max(K, N));
}

TEST_CASE("dim: division rounds down, whatever the signs") {
  for (std::int64_t a = -13; a <= 13; ++a) {
    for (std::int64_t b = -5; b <= 5; ++b) {
      if (b == 0) continue;
      CHECK(floor_div(a, b) == Dim(floor_of(a, b)));
      CHECK(mod(a, b) == Dim(a - b * floor_of(a, b)));
      const Dim symbolic = floor_div(N + a, b);
      CHECK(symbolic.evaluate({{"N", 3}}) == floor_of(3 + a, b));
    }
  }
  CHECK_THROWS_AS(floor_div(N, 0), InternalError);
  CHECK(floor_div(0, N + 1) == Dim(0));
  CHECK(floor_div(1, N + 1) == Dim(0));
  CHECK(floor_div(floor_div(N + M, 2), 3) == floor_div(N + M, 6));
  CHECK(floor_div(floor_div(N, 2) + 1, 3) == floor_div(N + 2, 6));
  CHECK(exact_div(N * M * 6, N * 2) == M * 3);
  CHECK(exact_div(N + 1, 2) == std::nullopt);
  CHECK(exact_div(N, 0) == std::nullopt);
}

TEST_CASE("dim: overflow saturates in shapes and has no value") {
  CHECK(Dim(INT64_MAX) + 1 == Dim(INT64_MAX));
  CHECK(Dim(INT64_MIN) - 1 == Dim(INT64_MIN));
  CHECK(Dim(INT64_MAX) * -2 == Dim(INT64_MIN));
  CHECK(floor_div(INT64_MIN, -1) == Dim(INT64_MAX));
  CHECK(exact_div(Dim(INT64_MIN) * N, -1) == std::nullopt);
  CHECK((Dim(INT64_MAX) * N).evaluate({{"N", 1}}) == INT64_MAX);
  CHECK((Dim(INT64_MAX) * N).evaluate({{"N", 2}}) == std::nullopt);
  CHECK((N + INT64_MAX).evaluate({{"N", 1}}) == std::nullopt);
  CHECK((N * M).evaluate({{"N", INT64_MAX}, {"M", 3}}) == std::nullopt);
}

TEST_CASE("dim: no value without all symbols, or when it divides by zero") {
  CHECK((N + M).evaluate({{"N", 1}}) == std::nullopt);
  CHECK(floor_div(M, N - 1).evaluate({{"N", 1}, {"M", 4}}) == std::nullopt);
  CHECK(floor_div(M, N - 1).evaluate({{"N", 3}, {"M", 4}}) == 2);
  CHECK((N * M + floor_div(K, 2)).symbols() == std::vector<std::string>{"K", "M", "N"});
  CHECK(N.as_symbol() == "N");
  CHECK((N + 1).as_symbol() == std::nullopt);
  CHECK((N * 2 + M).substitute({{"N", M + 1}}) == M * 3 + 2);
}

TEST_CASE("dim: shapes broadcast as arrays do") {
  CHECK(broadcast({N, 1, 3}, {4, 3}) == Shape{N, 4, 3});
  CHECK(broadcast({2}, {3}) == std::nullopt);
  CHECK(broadcast({N}, {5}) == Shape{5});
  CHECK(broadcast({}, {N}) == Shape{N});
  CHECK(element_count({N, 2, 3}) == N * 6);
  CHECK(element_count(Shape{}) == Dim(1));
  CHECK(to_string(Shape{N, 3}) == "[N,3]");
  CHECK(is_static({1, 2}));
  CHECK_FALSE(is_static({1, N}));
  CHECK(static_dims({4, 5}) == std::vector<std::int64_t>{4, 5});
}

}  // namespace
}  // namespace corecast::ir
