#include "compress/palette/vector_palette.h"

#include <cmath>
#include <random>

#include "compress/cpu/kernels.h"
#include "tests/support/catch.h"

using namespace corecast;
using namespace corecast::compress;

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Sums of four 16-bit numbers, nearly normal; the same everywhere.
std::vector<float> bell(std::int64_t n, std::uint64_t state = 12345) {
  std::vector<float> x(at(n));
  for (float& e : x) {
    std::int64_t sum = 0;
    for (int i = 0; i < 4; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      sum += static_cast<std::int64_t>(state >> 48);
    }
    e = static_cast<float>(sum - 131070) / 65536;
  }
  return x;
}

std::vector<ir::half> halves(const std::vector<float>& x) {
  std::vector<ir::half> h;
  for (const float e : x) h.push_back(ir::to_half(e));
  return h;
}

int index_of(const Palette& p, std::int64_t i) {
  int code = 0;
  for (int b = 0; b < p.bits; ++b) {
    const std::int64_t bit = i * p.bits + b;
    const auto byte = static_cast<unsigned>(p.indices->bytes()[at(bit / 8)]);
    code |= static_cast<int>(byte >> (bit % 8) & 1u) << b;
  }
  return code;
}

/// Recomputes the error in the plainest way, and that every index is as near as any; the second is
/// the largest excess over the nearest, in parts of it.
struct Judged {
  double error = 0, excess = 0;
};
Judged judge(const Palette& p, const Values& w, const Axis& axis, const Importance& importance) {
  Judged judged;
  const std::int64_t v = p.vector, k = std::int64_t{1} << p.bits;
  const std::int64_t group = axis.size / p.groups;
  for (std::int64_t o = 0; o < axis.outer; ++o)
    for (std::int64_t c = 0; c < axis.size / v; ++c)
      for (std::int64_t i = 0; i < axis.inner; ++i) {
        const int index = index_of(p, (o * (axis.size / v) + c) * axis.inner + i);
        auto distance = [&](std::int64_t e) {
          const float* entry = p.tables.data() + ((c * v / group) * k + e) * v;
          double d = 0;
          for (std::int64_t j = 0; j < v; ++j) {
            const std::int64_t element = (o * axis.size + c * v + j) * axis.inner + i;
            const double apart = static_cast<double>(w[element]) - static_cast<double>(entry[j]);
            d += importance.of(element) * apart * apart;
          }
          return d;
        };
        double nearest = INFINITY;
        for (std::int64_t e = 0; e < k; ++e) nearest = std::min(nearest, distance(e));
        const double here = distance(index);
        judged.error += here;
        judged.excess = std::max(judged.excess, (here - nearest) / (nearest + 1e-12));
      }
  return judged;
}

std::vector<std::byte> bytes_of(const Palette& p) {
  std::vector<std::byte> all(p.indices->bytes().begin(), p.indices->bytes().end());
  const auto* tables = reinterpret_cast<const std::byte*>(p.tables.data());
  all.insert(all.end(), tables, tables + p.tables.size() * sizeof(float));
  return all;
}

}  // namespace

TEST_CASE("vector palette: the field is the error, and indices are nearest") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  auto pick = [&](std::vector<std::int64_t> from) { return from[random() % from.size()]; };
  ThreadPool pool(2);
  for (int round = 0; round < 40; ++round) {
    VectorPaletteSpec spec;
    spec.bits = static_cast<int>(pick({1, 2, 3, 4, 6, 8}));
    spec.vector = pick({2, 4, 8});
    const std::int64_t groups = pick({1, 2, 3});
    const std::int64_t channels = spec.vector * pick({1, 2, 5});
    spec.group = groups == 1 ? 0 : channels;
    spec.seed = random();
    const std::vector<std::int64_t> dims = {pick({1, 3}), groups * channels, pick({1, 7, 300})};
    const Axis axis = Axis::of(dims, 1);
    const auto floats = bell(axis.count(), random());
    const auto half = halves(floats);
    const Values w = round % 2 ? Values(std::span(half)) : Values(std::span(floats));
    Importance importance;
    std::vector<float> weights(at(pick({1, 2, 7, dims[2]})));
    for (float& x : weights) x = static_cast<float>(random() % 100) / 10;
    importance.inner = pick({1, 2, dims[2]});
    if (round % 3) importance.weights = weights;
    CAPTURE(round, spec.bits, spec.vector, dims, spec.group, weights.size(), importance.inner);

    const Palette p = palettize_vectors(w, axis, spec, importance, pool);
    REQUIRE(p.groups == groups);
    REQUIRE(p.vector == spec.vector);
    REQUIRE(p.tables.size() == at((groups << spec.bits) * spec.vector));
    REQUIRE(p.indices->size() == at((axis.count() / spec.vector * spec.bits + 7) / 8));
    const Judged judged = judge(p, w, axis, importance);
    CHECK(p.error == Approx(judged.error).epsilon(1e-5).margin(1e-9));
    CHECK(judged.excess < 1e-4);
    if (w.is_half())
      for (const float x : p.tables) CHECK(ir::to_float(ir::to_half(x)) == x);
  }
}

TEST_CASE("vector palette: a grid of candidates finds what a search finds") {
  // Enough pairs and entries for the grid; outliers lie beyond the sample that places its lines.
  auto x = bell(2 * 20000);
  x[777] = 40, x[20001] = -300, x[39998] = 1e6f;
  for (std::size_t i = 5000; i < 9000; ++i) x[i] = 0.25f;  // many in one cell
  const Axis axis = Axis::of({4, 5000, 2}, 1);
  ThreadPool pool(2);
  const Values w{std::span<const float>(x)};
  const std::vector<float> weights = {0.5f, 2, 0, 8};
  for (const bool weighted : {false, true}) {
    // Weights by the last dim, so equal inside a vector: the grid serves them too.
    const Importance importance{weighted ? std::span(weights).first(2) : std::span<const float>(),
                                1};
    const Palette p = palettize_vectors(w, axis, {.bits = 8}, importance, pool);
    const Judged judged = judge(p, w, axis, importance);
    CHECK(p.error == Approx(judged.error).epsilon(1e-6));
    CHECK(judged.excess < 1e-4);
  }
}

TEST_CASE("vector palette: a sample with fewer different vectors than entries") {
  // One pair in a hundred is different: most starts are copies, and the rest has to be found later.
  auto x = bell(2 * 65536);
  for (std::size_t i = 0; i < x.size(); ++i)
    if (i / 2 % 100 != 7) x[i] = i % 2 ? -0.5f : 0.5f;
  const Axis axis = Axis::of({131072}, 0);
  ThreadPool pool(2);
  const Values w{std::span<const float>(x)};
  const Palette p = palettize_vectors(w, axis, {.bits = 8}, {}, pool);
  const Judged judged = judge(p, w, axis, {});
  CHECK(p.error == Approx(judged.error).epsilon(1e-6));
  CHECK(judged.excess < 1e-4);
  // 656 different pairs: the best 256 entries leave little.
  double spread = 0;
  for (const float e : x) spread += std::pow(std::abs(static_cast<double>(e)) - 0.5, 2);
  CHECK(p.error < 0.02 * spread);
}

TEST_CASE("vector palette: the same bytes for any pool and instruction set") {
  const auto x = bell(98304);
  const auto half = halves(x);
  const std::vector<float> weights = {1, 0.25f, 3};
  struct Case {
    std::vector<std::int64_t> dims;
    std::int64_t axis;
    VectorPaletteSpec spec;
    bool weighted;
  };
  const std::vector<Case> cases = {
      {{96, 1024}, 0, {.bits = 8, .vector = 2}, false},
      {{96, 1024}, 1, {.bits = 8, .vector = 2, .group = 512}, false},
      {{96, 1024}, 1, {.bits = 6, .vector = 4}, false},
      {{96, 1024}, 0, {.bits = 3, .vector = 8, .group = 8, .seed = 7}, false},
      {{96, 1024}, 1, {.bits = 6, .vector = 2, .group = 128}, true},
      {{96, 1024}, 0, {.bits = 4, .vector = 4}, true},
  };
  const Isa best = usable_isas().back();
  for (const Case& c : cases) {
    CAPTURE(c.axis, c.spec.bits, c.spec.vector, c.weighted);
    const Importance importance{c.weighted ? std::span(weights) : std::span<const float>(), 1};
    const Axis axis = Axis::of(c.dims, c.axis);
    ThreadPool one(1);
    const Palette want = palettize_vectors(Values(std::span(half)), axis, c.spec, importance, one);
    for (const int threads : {2, 3}) {
      ThreadPool pool(threads);
      const Palette p = palettize_vectors(Values(std::span(half)), axis, c.spec, importance, pool);
      CHECK(bytes_of(p) == bytes_of(want));
      CHECK(p.error == want.error);
    }
    for (const Isa isa : usable_isas()) {
      use_kernels(isa);
      INFO(name_of(isa));
      const Palette p = palettize_vectors(Values(std::span(half)), axis, c.spec, importance, one);
      CHECK(bytes_of(p) == bytes_of(want));
      CHECK(p.error == want.error);
    }
    use_kernels(best);
  }
}

TEST_CASE("vector palette: few different vectors are kept exactly") {
  ThreadPool pool(2);
  std::mt19937 random(3);
  const auto values = bell(256 * 8);
  for (const std::int64_t v : {2, 4, 8}) {
    for (const std::int64_t different : {1, 5, 16}) {
      std::vector<float> x;
      for (int i = 0; i < 3000; ++i) {
        const auto which = static_cast<std::int64_t>(random() % static_cast<unsigned>(different));
        for (std::int64_t j = 0; j < v; ++j) x.push_back(values[at(which * v + j)]);
      }
      const Axis axis = Axis::of({static_cast<std::int64_t>(x.size())}, 0);
      const Palette p = palettize_vectors(Values(std::span<const float>(x)), axis,
                                          {.bits = 4, .vector = v}, {}, pool);
      CAPTURE(v, different);
      CHECK(p.error == 0);
      CHECK(judge(p, Values(std::span<const float>(x)), axis, {}).error == 0);
      for (std::int64_t e = 1; e < different; ++e) {
        const float* entry = p.tables.data() + e * v;
        CHECK(std::lexicographical_compare(entry - v, entry, entry, entry + v));
      }
      for (std::int64_t i = different * v; i < 16 * v; ++i) CHECK(p.tables[at(i)] == 0);
    }
  }
}

TEST_CASE("vector palette: zeros of either sign, nothing at all, numbers of any size") {
  ThreadPool pool(1);
  const std::vector<float> zeros = {0, -0.0f, -0.0f, 0, -0.0f, -0.0f};
  const Palette z = palettize_vectors(Values(std::span(zeros)), Axis::of({6}, 0),
                                      {.bits = 1, .vector = 2}, {}, pool);
  CHECK(z.error == 0);
  CHECK(z.tables == std::vector<float>(4));
  CHECK(z.indices->bytes()[0] == std::byte{0});

  const Palette none = palettize_vectors(Values(std::span<const float>()), Axis::of({0, 4}, 1),
                                         {.bits = 4, .vector = 2}, {}, pool);
  CHECK(none.error == 0);
  CHECK(none.tables == std::vector<float>(32));
  CHECK(none.indices->size() == 0);

  const auto x = bell(4096);
  const Palette plain = palettize_vectors(Values(std::span(x)), Axis::of({4096}, 0),
                                          {.bits = 4, .vector = 2}, {}, pool);
  for (const int exponent : {100, -100}) {
    auto y = x;
    for (float& e : y) e = std::ldexp(e, exponent);
    const Palette p = palettize_vectors(Values(std::span<const float>(y)), Axis::of({4096}, 0),
                                        {.bits = 4, .vector = 2}, {}, pool);
    CHECK(std::isfinite(p.error));
    CHECK(p.error / std::ldexp(1.0, 2 * exponent) == Approx(plain.error).epsilon(0.05));
    CHECK(judge(p, Values(std::span<const float>(y)), Axis::of({4096}, 0), {}).error ==
          Approx(p.error).epsilon(1e-5));
  }
  // Nothing counts: whatever the table, there is no error.
  const std::vector<float> nothing = {0};
  const Palette p = palettize_vectors(Values(std::span(x)), Axis::of({4096}, 0),
                                      {.bits = 2, .vector = 4}, {nothing, 1}, pool);
  CHECK(p.error == 0);
  const auto wide = bell(16384);
  CHECK(palettize_vectors(Values(std::span(wide)), Axis::of({16384}, 0), {.bits = 8, .vector = 2},
                          {nothing, 1}, pool)
            .error == 0);
}

TEST_CASE("vector palette: a heavy element is met where a light one is missed") {
  const auto x = bell(8192);
  const std::vector<float> weights = {100, 1};  // the first of each pair counts
  ThreadPool pool(1);
  const Axis axis = Axis::of({8192}, 0);
  const Values w{std::span(x)};
  auto error_of_first = [&](const Importance& importance) {
    const Palette p = palettize_vectors(w, axis, {.bits = 4, .vector = 2}, importance, pool);
    const std::vector<float> first = {1, 0};
    return judge(p, w, axis, {first, 1}).error;
  };
  CHECK(error_of_first({weights, 1}) < 0.2 * error_of_first({}));
}

TEST_CASE("vector palette: an error no larger than scikit-learn's") {
  // x = bell(65536) as in this file; m = sklearn.cluster.KMeans(2**bits, init="k-means++",
  // n_init=1, tol=1e-2, random_state=0).fit(x.reshape(-1, v)); m.inertia_ (scikit-learn 1.9.1).
  struct Case {
    std::int64_t vector;
    int bits;
    double inertia;
  };
  const auto x = bell(65536);
  ThreadPool pool(2);
  for (const Case& c : std::vector<Case>{{2, 8, 149.253357},
                                         {2, 4, 2219.53027},
                                         {4, 8, 1848.78491},
                                         {4, 4, 7302.05127},
                                         {8, 6, 9078.03613}}) {
    const Palette p = palettize_vectors(Values(std::span(x)), Axis::of({65536}, 0),
                                        {.bits = c.bits, .vector = c.vector}, {}, pool);
    CAPTURE(c.vector, c.bits);
    CHECK(p.error <= c.inertia);
  }
}
