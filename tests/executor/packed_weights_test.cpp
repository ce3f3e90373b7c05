// Products with compressed weights that are multiplied as they are stored, against the rooms'
// reference evaluation of the whole chain.
#include <algorithm>

#include "tests/executor/agreement.h"

using namespace corecast;
using namespace corecast::test;
using executor::NamedTensors;
using executor::Precision;
using ir::DType;
using ir::Tensor;

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// A function y = product(x, chain of constexpr ops) as text, with its constants.
struct Product {
  std::string text;
  ir::TensorTable constants;
  bool coded = true;  ///< expected for a few rows

  std::string add(const std::string& name, Tensor t) {
    const std::uint64_t hash = t.hash();
    char digits[17];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
    text += cat("  %", name, " = const ref<", ir::name_of(t.dtype()), "[", join(t.dims(), ","),
                "]: ", digits, ">\n");
    constants.emplace(hash, std::move(t));
    return "%" + name;
  }
};

Tensor random_codes(DType dtype, std::vector<std::int64_t> dims, Random& random) {
  Tensor t = Tensor::zeros(dtype, std::move(dims));
  for (std::int64_t i = 0; i < t.count(); ++i)
    t.set_int(i, random.in(ir::min_of(dtype), ir::max_of(dtype)));
  return t;
}

Tensor random_floats(DType dtype, std::vector<std::int64_t> dims, double scale, Random& random) {
  Tensor t = Tensor::zeros(dtype, std::move(dims));
  const auto v = random.floats(t.count());
  for (std::int64_t i = 0; i < t.count(); ++i) t.set(i, scale * static_cast<double>(v[at(i)]));
  return t;
}

template <class T>
T pick(const std::vector<T>& from, Random& random) {
  return from[at(random.in(0, static_cast<std::int64_t>(from.size()) - 1))];
}

/// A divisor of n, any of them.
std::int64_t divisor(std::int64_t n, Random& random) {
  std::vector<std::int64_t> all;
  for (std::int64_t d = 1; d <= n; ++d)
    if (n % d == 0) all.push_back(d);
  return pick(all, random);
}

enum class Chain { lut, shift_scale, both };

/// Random sizes and parameters. `rows` of activations.
Product random_product(Chain chain, std::int64_t rows, Random& random) {
  Product p;
  const std::int64_t block = 16 * pick<std::int64_t>({1, 2, 3, 4, 8, 16}, random);
  const bool blocks = chain != Chain::lut && random.in(0, 3) > 0;
  const std::int64_t k = blocks ? block * random.in(1, 5) : random.in(1, 300);
  const std::int64_t n = pick<std::int64_t>({1, 3, 7, 32, 50, 66}, random);
  const bool columns = random.in(0, 3) == 0;  // the weight is [k, n]
  const DType dtype = pick<DType>({DType::f16, DType::f32}, random);
  const std::string type(ir::name_of(dtype));
  auto as_stored = [&](std::int64_t of_n, std::int64_t of_k) {
    return columns ? std::vector<std::int64_t>{of_k, of_n} : std::vector<std::int64_t>{of_n, of_k};
  };
  p.text = cat("func @main(%x: ", type, "[", rows, ",", k, "]) {\n");
  std::string weight;
  double largest = 1;  // of what is scaled: weights are about as large as 0.3
  DType data_dtype = pick<DType>({DType::i4, DType::u4, DType::i8, DType::u8}, random);
  if (chain != Chain::shift_scale) {
    data_dtype = pick<DType>({DType::u1, DType::u2, DType::u3, DType::u4}, random);
    auto lut_dims = as_stored(divisor(n, random), 1);
    lut_dims.push_back(std::int64_t{1} << ir::bits_of(data_dtype));
    lut_dims.push_back(1);
    const auto codes = p.add("codes", random_codes(data_dtype, as_stored(n, k), random));
    // Tables below scales may be of another type, integers too.
    const DType entries = chain == Chain::lut
                              ? dtype
                              : pick<DType>({DType::f16, DType::f32, DType::i8, DType::u8}, random);
    Tensor table = ir::is_floating(entries) ? random_floats(entries, lut_dims, 0.3, random)
                                            : random_codes(entries, lut_dims, random);
    const auto lut = p.add("lut", std::move(table));
    p.text += cat("  %dense = constexpr_lut_to_dense(indices=", codes, ", lut=", lut, ")\n");
    weight = "%dense";
    if (ir::is_integer(entries)) largest = 127;
  } else {
    largest = static_cast<double>(ir::max_of(data_dtype));
    weight = p.add("data", random_codes(data_dtype, as_stored(n, k), random));
  }
  if (chain != Chain::lut) {
    const auto grid = as_stored(divisor(n, random), blocks ? k / block : 1);
    const auto scale = p.add("scale", random_floats(dtype, grid, 0.3 / largest, random));
    const bool offset = chain == Chain::shift_scale && random.in(0, 1);
    const auto offsets =
        offset ? ", offset=" + p.add("offset", random_codes(data_dtype, grid, random)) : "";
    p.text += cat("  %w = constexpr_blockwise_shift_scale(data=", weight, ", scale=", scale,
                  offsets, ")\n");
    weight = "%w";
  }
  const bool biased = !columns && random.in(0, 1);
  if (biased) {
    const auto bias = p.add("bias", random_floats(dtype, {n}, 1, random));
    p.text += cat("  %p = linear(x=%x, weight=", weight, ", bias=", bias, ")\n");
  } else {
    p.text +=
        cat("  %p = matmul(x=%x, y=", weight, ") {transpose_y=", columns ? "false" : "true", "}\n");
  }
  p.text += cat("  %y = ", pick<const char*>({"relu", "gelu", "identity"}, random),
                "(x=%p)\n  return %y\n}");
  return p;
}

/// Runs by kernels and by rooms; the numbers of the output, and whether the weight stayed packed.
struct Run {
  std::vector<double> y;
  bool coded = false;
};
Run run(const Product& p, const NamedTensors& in, Precision precision, bool reference) {
  const ir::Module m = parsed_function(p.text, &p.constants);
  auto plan = executor::compile(
      m, "main", {.precision = precision, .pool = shared_pool(2), .reference_only = reference});
  if (!plan) FAIL(plan.error().to_string());
  const auto out = (*plan)->run(in);
  if (!out) FAIL(out.error().to_string());
  Run r;
  r.y = out->begin()->second.to_doubles();
  for (const auto& step : (*plan)->profile()) r.coded = r.coded || step.kernel == "gemm_coded";
  return r;
}

Tensor input_of(const Product& p, Random& random, bool one_hot) {
  const ir::Module m = parsed_function(p.text, &p.constants);
  const ir::Function& f = m.functions[0];
  const ir::Type& type = f.type(f.block(f.entry()).args[0]);
  const auto dims = ir::static_dims(type.shape);
  if (!one_hot) return random_floats(type.dtype, dims, 1, random);
  Tensor t = Tensor::zeros(type.dtype, dims);
  for (std::int64_t r = 0; r < dims[0]; ++r) t.set(r * dims[1] + random.in(0, dims[1] - 1), 1);
  return t;
}

constexpr Precision kPrecisions[] = {Precision::fp32, Precision::fp16, Precision::native};

}  // namespace

TEST_CASE("packed weights: products agree with unpacking by the rooms") {
  const unsigned seed = fresh_seed();
  CAPTURE(seed);
  for_each_isa([&] {
    Random random(seed);
    for (int round = 0; round < 60; ++round) {
      const Chain chain = pick<Chain>({Chain::lut, Chain::shift_scale, Chain::both}, random);
      const Product p = random_product(chain, random.in(1, 6), random);
      CAPTURE(round, p.text);
      const NamedTensors in = {{"x", input_of(p, random, false)}};
      const bool few = in.begin()->second.dims()[0] <= 4;
      const Run want = run(p, in, Precision::fp32, true);
      const Run got = run(p, in, Precision::fp32, false);
      CHECK(got.coded == few);
      CHECK(worst_error(got.y, want.y, static_cast<std::int64_t>(want.y.size())) < 2e-5);
    }
  });
}

TEST_CASE("packed weights: every element is what the op says, in every precision") {
  const unsigned seed = fresh_seed();
  CAPTURE(seed);
  for_each_isa([&] {
    Random random(seed);
    for (int round = 0; round < 60; ++round) {
      const Chain chain = pick<Chain>({Chain::lut, Chain::shift_scale, Chain::both}, random);
      Product p = random_product(chain, random.in(1, 4), random);
      // Of gelu and biases only the first four digits may agree; the element itself must be the
      // same.
      for (const char* name : {"gelu", "relu"})
        if (const auto found = p.text.find(name); found != std::string::npos)
          p.text.replace(found, 4, "identity");
      if (const auto found = p.text.find(", bias=%bias"); found != std::string::npos)
        p.text.replace(found, 12, "");
      CAPTURE(round, p.text);
      const NamedTensors in = {{"x", input_of(p, random, true)}};
      for (const Precision precision : kPrecisions) {
        INFO(executor::name_of(precision));
        const Run want = run(p, in, precision, true);
        const Run got = run(p, in, precision, false);
        CHECK(got.coded);
        CHECK(got.y == want.y);
      }
    }
  });
}

TEST_CASE("packed weights: what the kernels do not know is unpacked") {
  Random random(5);
  auto check = [&](const std::string& text, Product p) {
    p.text = text.substr(0, text.find('{') + 2) + p.text + text.substr(text.find('{') + 2);
    CAPTURE(p.text);
    const NamedTensors in = {{"x", input_of(p, random, false)}};
    const Run want = run(p, in, Precision::fp32, true);
    const Run got = run(p, in, Precision::fp32, false);
    CHECK_FALSE(got.coded);
    CHECK(worst_error(got.y, want.y, static_cast<std::int64_t>(want.y.size())) < 2e-5);
  };
  const std::string scaled = R"(func @main(%x: f32[2,48]) {
  %w = constexpr_blockwise_shift_scale(data=%d, scale=%s)
  %y = linear(x=%x, weight=%w)
  return %y
})";
  const std::string table = R"(func @main(%x: f32[2,48]) {
  %w = constexpr_lut_to_dense(indices=%d, lut=%s) {vector_axis=0}
  %y = linear(x=%x, weight=%w)
  return %y
})";
  Product p;
  p.add("d", random_codes(DType::i4, {5, 48}, random));
  p.add("s", random_floats(DType::f32, {5, 6}, 1, random));  // blocks of 8
  check(scaled, p);
  p = {};
  p.add("d", random_codes(DType::i4, {5, 48}, random));
  Tensor infinite = random_floats(DType::f32, {5, 1}, 1, random);
  infinite.set(2, INFINITY);
  p.add("s", infinite);
  check(scaled, p);
  p = {};
  p.add("d", random_codes(DType::i8, {5, 48}, random));
  p.add("s", Tensor::splat(DType::f32, {5, 1}, 1e37));  // 127 of them are infinite
  check(scaled, p);
  p = {};
  p.add("d", random_codes(DType::u6, {5, 48}, random));
  p.add("s", random_floats(DType::f32, {1, 1, 64, 1}, 1, random));
  check(table, p);
  p = {};
  p.add("d", random_codes(DType::u4, {5, 48}, random));
  p.add("s", random_floats(DType::f32, {1, 1, 16, 2}, 1, random));  // pairs
  check(table, p);
  p = {};
  p.add("d", random_codes(DType::u4, {5, 48}, random));
  p.add("s", random_floats(DType::f32, {1, 3, 16, 1}, 1, random));  // groups along k
  check(table, p);
}

TEST_CASE("packed weights: a plan for many rows and for few") {
  Random random(6);
  Product p;
  p.add("d", random_codes(DType::u4, {37, 96}, random));
  p.add("s", random_floats(DType::f32, {1, 1, 16, 1}, 0.2, random));
  p.text = "func @main(%x: f32[N,96]) {\n" + p.text + R"(
  %w = constexpr_lut_to_dense(indices=%d, lut=%s)
  %y = linear(x=%x, weight=%w)
  return %y
})";
  const ir::Module m = parsed_function(p.text, &p.constants);
  auto fast = executor::compile(m, "main", {.pool = shared_pool(2)});
  auto slow = executor::compile(m, "main", {.pool = shared_pool(1), .reference_only = true});
  REQUIRE(fast);
  REQUIRE(slow);
  for (const std::int64_t rows : {1, 40, 3, 5, 0, 4}) {
    CAPTURE(rows);
    const NamedTensors in = {{"x", random_floats(DType::f32, {rows, 96}, 1, random)}};
    const auto got = (*fast)->run(in), want = (*slow)->run(in);
    REQUIRE(got);
    REQUIRE(want);
    const auto y = want->begin()->second.to_doubles();
    CHECK(worst_error(got->begin()->second.to_doubles(), y, static_cast<std::int64_t>(y.size())) <
          2e-5);
  }
}
