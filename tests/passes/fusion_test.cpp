// Fusions on random values with the edges among them, symbolic sizes, large weights, and what a
// fusion must leave alone. The drawings of each pass are in tests/golden/passes.
#include "passes/pipeline.h"
#include "tests/passes/equivalence.h"

using namespace corecast;
using namespace corecast::test;

namespace {

PassedModule after(const std::string& pass, const std::string& text, CompareOptions options = {},
                   std::optional<mil::Target> target = {}) {
  INFO(text);
  const passes::Pass* p = passes::own_passes().find(pass);
  REQUIRE(p != nullptr);
  PassedModule m = run_pass(*p, text, target);
  if (options.symbols.empty()) options.symbols = {{"N", 3}, {"L", 4}};
  compare(m, options);
  return m;
}
const CompareOptions kFinite{.tolerance = 1e-5, .edges = false};

}  // namespace

TEST_CASE("linear layers with symbolic sizes and large weights") {
  const auto layer = [](std::string_view x, std::string_view w) {
    return cat("func @main(%x: ", x, ") {\n %w = const seq<", w,
               ": -0.5, 0.0001>\n %m = "
               "matmul(x=%x, y=%w)\n %b = const splat<f32[]: 0.5>\n %y = add(x=%m, y=%b)\n return "
               "%y\n}");
  };
  CHECK(after("fuse-linear", layer("f32[N,8]", "f32[8,5]"), kFinite).has("linear"));
  CHECK(after("fuse-linear", layer("f32[N,L,8]", "f32[8,5]"), kFinite).has("linear"));
  // Transposed on demand: more than a megabyte.
  const auto m = after("fuse-linear", layer("f32[2,700]", "f32[700,401]"),
                       {.tolerance = 1e-4, .edges = false, .rounds = 1});
  CHECK(m.has("linear"));
  CHECK_FALSE(m.has("add"));
  // What is compressed stays so: only a weight that stands right already is taken.
  const auto compressed = [](std::string_view flag) {
    return cat(
        "func @main(%x: f32[2,3]) {\n %q = const dense<u8[3,3]: 1, 2, 3, 4, 5, 6, 7, 8, 9>\n "
        "%z = const splat<u8[]: 4>\n %s = const splat<f32[]: 0.5>\n %w = "
        "constexpr_affine_dequantize(quantized_data=%q, zero_point=%z, scale=%s)\n %y = "
        "matmul(x=%x, y=%w) {transpose_y=",
        flag, "}\n return %y\n}");
  };
  CHECK(after("fuse-linear", compressed("true"), kFinite).has("linear"));
  CHECK(after("fuse-linear", compressed("false"), kFinite).has("matmul"));
}

TEST_CASE("products that are no linear layers") {
  for (const char* text :
       {"func @main(%x: f32[3]) {\n %w = const seq<f32[3,2]: 1, 1>\n %y = matmul(x=%x, y=%w)\n "
        "return %y\n}",
        "func @main(%x: f32[4,3]) {\n %w = const seq<f32[4,2]: 1, 1>\n %y = matmul(x=%x, y=%w) "
        "{transpose_x=true}\n return %y\n}",
        "func @main(%x: f32[3,2]) {\n %w = const seq<f32[4,3]: 1, 1>\n %y = matmul(x=%w, y=%x)\n "
        "return %y\n}",
        "func @main(%x: i32[2,3]) {\n %w = const seq<i32[3,2]: 1, 1>\n %y = matmul(x=%x, y=%w)\n "
        "return %y\n}"}) {
    CHECK_FALSE(after("fuse-linear", text, kFinite).has("linear"));
  }
}

TEST_CASE("batch norms fold into large and grouped weights") {
  const auto conv = [](std::string_view weight, std::string_view attrs, int channels) {
    return cat("func @main(%x: f32[1,64,3,3]) {\n %w = const seq<", weight,
               ": -0.05, 0.0000011>\n %m = const seq<f32[", channels,
               "]: 0.5, -0.01>\n %v = const "
               "seq<f32[",
               channels, "]: 1, 0.05>\n %g = const seq<f32[", channels,
               "]: -1, 0.02>\n %c = conv(x=%x, weight=%w) {", attrs,
               "}\n %y = batch_norm(x=%c, mean=%m, variance=%v, gamma=%g)\n return %y\n}");
  };
  const CompareOptions once{.tolerance = 2e-5, .edges = false, .rounds = 1};
  CHECK_FALSE(after("fold-batch-norm", conv("f32[512,64,3,3]", "", 512), once).has("batch_norm"));
  CHECK_FALSE(
      after("fold-batch-norm", conv("f32[128,2,2,2]", "groups=32", 128), once).has("batch_norm"));
  // A weight that layers share stays shared when it is large.
  const auto shared = [](std::string_view weight) {
    return cat("func @main(%x: f32[1,64,5], %z: f32[1,64,5]) {\n %w = const seq<", weight,
               ": -0.5, 0.0001>\n %k = const seq<f32[64,1]: 1, 0.1>\n %a = conv(x=%x, weight=%w)\n "
               "%b = conv(x=%z, weight=%w)\n %c = mul(x=%a, y=%k)\n %y = add(x=%b, y=%c)\n return "
               "%y\n}");
  };
  CHECK(after("fold-batch-norm", shared("f32[64,64,5]"), once).has("mul"));
  CHECK_FALSE(after("fold-batch-norm", shared("f32[64,64,1]"), once).has("mul"));
}

TEST_CASE("factors that would not be numbers are not folded") {
  for (const char* k : {"0", "1e-39"}) {
    const auto m = run_pass(*passes::own_passes().find("fold-batch-norm"),
                            cat("func @main(%x: f32[1,2,6]) {\n %w = const seq<f32[3,2,2]: -1, "
                                "0.125>\n %k = const splat<f32[]: ",
                                k,
                                ">\n %c = conv(x=%x, weight=%w)\n %y = real_div(x=%c, y=%k)\n "
                                "return %y\n}"));
    CHECK(m.has("real_div"));
  }
}

TEST_CASE("activations at the edges") {
  const auto gelu =
      "func @main(%x: f32[64]) {\n %r = const splat<f32[]: 1.4142135>\n %h = const splat<f32[]: "
      "0.5>\n %one = const splat<f32[]: 1>\n %a = real_div(x=%x, y=%r)\n %e = erf(x=%a)\n %p = "
      "add(x=%e, y=%one)\n %b = mul(x=%x, y=%h)\n %y = mul(x=%b, y=%p)\n return %y\n}";
  CHECK(after("fuse-gelu", gelu, {.tolerance = 1e-5, .edges = false}).has("gelu"));
  // At -inf the product is NaN, and silu its limit.
  CHECK(after("fuse-silu",
              "func @main(%x: f32[64]) {\n %s = sigmoid(x=%x)\n %y = mul(x=%x, y=%s)\n return "
              "%y\n}",
              kFinite)
            .has("silu"));
  CHECK(after("fuse-relu",
              "func @main(%x: f32[64]) {\n %k = const splat<f32[]: 0.2>\n %a = mul(x=%x, y=%k)\n "
              "%y = maximum(x=%x, y=%a)\n return %y\n}")
            .has("leaky_relu"));
  CHECK(after("fuse-hard-sigmoid",
              "func @main(%x: f32[64]) {\n %t = const splat<f32[]: 3>\n %s = const splat<f32[]: "
              "6>\n %a = add(x=%x, y=%t)\n %b = relu6(x=%a)\n %y = real_div(x=%b, y=%s)\n return "
              "%y\n}")
            .has("sigmoid_hard"));
  // In 16 bits constants are matched as coarsely as they are stored.
  CHECK(after("fuse-gelu",
              "func @main(%x: f16[8]) {\n %k = const splat<f16[]: 1.702>\n %a = mul(x=%x, y=%k)\n "
              "%s = sigmoid(x=%a)\n %y = mul(x=%x, y=%s)\n return %y\n}",
              {.tolerance = 4e-3, .edges = false})
            .has("gelu"));
}

TEST_CASE("a fusion keeps shapes that broadcasting makes") {
  // The constant makes a vector of a scalar.
  const auto m = after("fuse-silu",
                       "func @main(%x: f32[], %z: f32[3]) {\n %s = sigmoid(x=%x)\n %y = mul(x=%x, "
                       "y=%s)\n %w = add(x=%y, y=%z)\n return %w\n}");
  CHECK(m.has("silu"));
  const auto gelu =
      "func @main(%x: f32[]) {\n %k = const splat<f32[2]: 1.702>\n %a = mul(x=%x, y=%k)\n %s = "
      "sigmoid(x=%a)\n %y = mul(x=%x, y=%s)\n return %y\n}";
  CHECK_FALSE(after("fuse-gelu", gelu).has("gelu"));
}

TEST_CASE("softmax and norms with symbolic sizes") {
  CHECK(after("fuse-softmax",
              "func @main(%x: f32[N,L]) {\n %m = reduce_max(x=%x) {axes=[-1], keep_dims=true}\n %d "
              "= sub(x=%x, y=%m)\n %e = exp(x=%d)\n %s = reduce_sum(x=%e) {axes=[-1], "
              "keep_dims=true}\n %y = real_div(x=%e, y=%s)\n return %y\n}",
              kFinite)
            .has("softmax"));
  const auto norm =
      "func @main(%x: f32[N,L,6]) {\n %m = reduce_mean(x=%x) {axes=[-1], keep_dims=true}\n %d = "
      "sub(x=%x, y=%m)\n %q = square(x=%d)\n %v = reduce_mean(x=%q) {axes=[-1], keep_dims=true}\n "
      "%e = const splat<f32[]: 1e-5>\n %w = add(x=%v, y=%e)\n %r = sqrt(x=%w)\n %y = "
      "real_div(x=%d, "
      "y=%r)\n return %y\n}";
  CHECK(after("fuse-layer-norm", norm, kFinite).has("layer_norm"));
}

TEST_CASE("attention is fused for iOS 18 only") {
  const auto text =
      "func @main(%q: f32[N,2,L,4], %k: f32[N,2,L,4], %v: f32[N,2,L,4]) {\n %c = const "
      "splat<f32[]: 0.5>\n %s = matmul(x=%q, y=%k) {transpose_y=true}\n %t = mul(x=%s, y=%c)\n %p "
      "= softmax(x=%t)\n %y = matmul(x=%p, y=%v)\n return %y\n}";
  CHECK(after("fuse-attention", text, kFinite, mil::Target::ios18)
            .has("scaled_dot_product_attention"));
  CHECK(after("fuse-attention", text, kFinite, mil::Target::ios17).has("softmax"));
  CHECK(after("fuse-attention", text, kFinite).has("softmax"));
}
