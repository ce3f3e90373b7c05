#include "converter/coreml/legalise/legalise.h"

#include "tests/passes/equivalence.h"

using namespace corecast;
using namespace corecast::test;
using mil::Target;

namespace {

PassedModule legalised(std::string_view text, std::optional<Target> target = {}) {
  return run_pass(coreml::legalise_pass(), text, target);
}
/// Legalises and compares; the op must be gone.
PassedModule same(std::string_view text, std::string_view gone, const CompareOptions& options = {},
                  std::optional<Target> target = {}) {
  PassedModule m = legalised(text, target);
  compare(m, options);
  INFO(m.text());
  if (!gone.empty()) CHECK_FALSE(m.has(gone));
  return m;
}
std::string unary(std::string_view op, std::string_view type, std::string_view attrs = "") {
  return cat("func @main(%x: ", type, ") {\n %y = ", op, "(x=%x) {", attrs, "}\n return %y\n}");
}
std::string binary(std::string_view op, std::string_view x, std::string_view y,
                   std::string_view attrs = "") {
  return cat("func @main(%x: ", x, ", %y: ", y, ") {\n %z = ", op, "(x=%x, y=%y) {", attrs,
             "}\n return %z\n}");
}

}  // namespace

TEST_CASE("elementwise ops without a MIL form") {
  same(unary("neg", "f32[4,5]"), "neg");
  same(unary("neg", "i32[4,5]"), "neg");
  same(unary("is_nan", "f32[40]"), "is_nan");
  same(unary("is_inf", "f32[40]"), "is_inf");
  same(unary("is_inf", "f32[40]", "detect_negative=false"), "is_inf");
  same(unary("is_inf", "f32[40]", "detect_positive=false"), "is_inf");
  same(unary("asinh", "f32[64]"), "asinh", {.tolerance = 1e-5});
  same(unary("acosh", "f32[64]"), "acosh", {.tolerance = 1e-5});
  same(unary("clip", "f32[40]", "alpha=0.0"), "clip");
  same(unary("clip", "f32[40]", "beta=2.5"), "clip");
  same(unary("clip", "f32[40]", "alpha=1.0, beta=1.0"), "clip");
  same(unary("clip", "i32[40]", "alpha=-2.5, beta=7.5"), "clip");
  CHECK(legalised(unary("clip", "f32[4]", "alpha=-1.0, beta=1.0")).has("clip"));
  same(unary("relu", "i32[40]"), "relu");
  same(unary("relu6", "i64[40]"), "relu6");
}

TEST_CASE("integer and float remainders and quotients") {
  const CompareOptions plain{.edges = false};
  const auto positive = [](std::string_view op, std::string_view type) {
    return cat("func @main(%x: ", type, "[30]) {\n %y = const dense<", type,
               "[6,1]: 1, -1, 3, -3, 7, -16>\n %z = ", op, "(x=%x, y=%y)\n return %z\n}");
  };
  same(positive("real_div", "i32"), "real_div", plain);
  same(positive("remainder_trunc", "i32"), "remainder_trunc", plain);
  same(positive("remainder_trunc", "i64"), "remainder_trunc", plain);
  same(positive("remainder_trunc", "f32"), "remainder_trunc");
  same(positive("real_div", "f32"), "");
}

TEST_CASE("bit operations") {
  for (const char* op : {"bitwise_and", "bitwise_or", "bitwise_xor"}) {
    same(binary(op, "i32[3,1,4]", "i32[2,4]"), op);
    same(binary(op, "i64[7]", "i64[7]"), op);
    same(binary(op, "u8[70]", "u8[70]"), op);
  }
  same(unary("bitwise_not", "i32[40]"), "bitwise_not");
  same(unary("bitwise_not", "u8[40]"), "bitwise_not");
  same(
      "func @main(%x: i32[60]) {\n %m = const dense<i32[]: 255>\n %z = bitwise_and(x=%x, y=%m)\n "
      "return %z\n}",
      "bitwise_and");
  for (const char* direction : {"LEFT", "RIGHT"}) {
    for (const char* type : {"i32", "u8"}) {
      same(cat("func @main(%x: ", type, "[30]) {\n %y = const dense<", type,
               "[9,1]: 0, 1, 5, 8, 15, 30, 31, 32, 40>\n %z = "
               "bit_shift(x=%x, y=%y) {direction=\"",
               direction, "\"}\n return %z\n}"),
           "bit_shift");
    }
  }
}

TEST_CASE("activations and softmax's logarithm") {
  const CompareOptions finite{.tolerance = 3e-6, .edges = false};
  for (const char* op : {"mish", "hard_swish", "selu"}) same(unary(op, "f32[3,40]"), op, finite);
  same(unary("celu", "f32[40]", "alpha=1.0"), "celu", finite);
  same(unary("celu", "f32[40]", "alpha=0.3"), "celu", finite);
  same(unary("celu", "f32[40]", "alpha=-2.0"), "celu", finite);
  same(unary("log_softmax", "f32[3,40]"), "log_softmax", finite);
  same(unary("log_softmax", "f32[3,7,2]", "axis=1"), "log_softmax", finite);
  same(
      "func @main(%x: f32[2,3,4,5]) {\n %a = const dense<f32[3]: 0.1, -0.5, 2.0>\n %z = "
      "prelu(x=%x, alpha=%a)\n return %z\n}",
      "", finite);
  same(
      "func @main(%x: f32[2,3,4]) {\n %a = const dense<f32[3]: 0.1, -0.5, 2.0>\n %z = prelu(x=%x, "
      "alpha=%a)\n return %z\n}",
      "prelu", finite);
  same(
      "func @main(%x: f32[2,3]) {\n %a = const splat<f32[3]: 0.25>\n %z = prelu(x=%x, alpha=%a)\n "
      "return %z\n}",
      "prelu", finite);
  same("func @main(%x: f32[2,3,4,5], %a: f32[3]) {\n %z = prelu(x=%x, alpha=%a)\n return %z\n}",
       "prelu", finite);
}

TEST_CASE("normalisations") {
  const CompareOptions finite{.tolerance = 1e-5, .edges = false, .symbols = {{"N", 2}, {"L", 3}}};
  same(
      "func @main(%x: f32[2,5,6]) {\n %g = const seq<f32[6]: 0.5, 0.25>\n %z = rms_norm(x=%x, "
      "gamma=%g)\n return %z\n}",
      "rms_norm", finite);
  same(
      "func @main(%x: f32[2,5,6]) {\n %g = const seq<f32[5]: 0.5, 0.25>\n %z = rms_norm(x=%x, "
      "gamma=%g) {axes=[1]}\n return %z\n}",
      "rms_norm", finite);
  const char* group =
      "(%x: f32[$]) {\n %g = const seq<f32[6]: 0.5, 0.25>\n %b = const seq<f32[6]: -1, 0.5>\n %z = "
      "group_norm(x=%x, gamma=%g, "
      "beta=%b) {num_groups=3}\n return %z\n}";
  for (const char* shape : {"2,6,4,3", "N,6,4,3", "2,6,L,3", "N,6,L,3", "2,6", "N,6,2,L,3"}) {
    std::string text = cat("func @main", group);
    text.replace(text.find('$'), 1, shape);
    same(text, "group_norm", finite);
  }
  same(
      "func @main(%x: f32[2,6,2,2,2]) {\n %g = const seq<f32[6]: 0.5, 0.25>\n %z = "
      "instance_norm(x=%x, gamma=%g)\n return %z\n}",
      "instance_norm", finite);
  same(
      "func @main(%x: f32[2,6,2,2], %g: f32[6], %b: f32[6]) {\n %z = instance_norm(x=%x, gamma=%g, "
      "beta=%b)\n return %z\n}",
      "instance_norm", finite);
  same(
      "func @main(%x: f32[2,6], %g: f32[6]) {\n %z = layer_norm(x=%x, gamma=%g) {axes=[-1]}\n "
      "return %z\n}",
      "", finite);
  same(
      "func @main(%x: f32[4,6]) {\n %m = const seq<f32[6]: 0.5, 0.25>\n %v = const seq<f32[6]: 1, "
      "0.25>\n %z = batch_norm(x=%x, mean=%m, variance=%v)\n return %z\n}",
      "batch_norm", finite);
}

TEST_CASE("broadcast_to") {
  const CompareOptions sizes{.symbols = {{"N", 3}, {"M", 2}}};
  const auto fixed = [](std::string_view x, std::string_view shape) {
    return cat("func @main(%x: ", x, ") {\n %s = const dense<i64", shape,
               ">\n %z = broadcast_to(x=%x, shape=%s)\n return %z\n}");
  };
  for (const char* dtype : {"f32", "i64", "bool", "f16"}) {
    same(fixed(cat(dtype, "[3,1]"), "[3]: 2, 1, 4"), "broadcast_to");
    same(fixed(cat(dtype, "[3,4]"), "[2]: 1, 4"), "tile");
    same(fixed(cat(dtype, "[]"), "[2]: 2, 3"), "broadcast_to");
    same(fixed(cat(dtype, "[N,1]"), "[2]: 1, 4"), "broadcast_to", sizes);
  }
  // Sizes computed at run time.
  same(
      "func @main(%x: i64[1,4], %r: f32[N,M]) {\n %s = shape(x=%r)\n %f = const dense<i32[1]: 4>\n "
      "%t = concat(values=(%s, %f)) {axis=0}\n %z = "
      "broadcast_to(x=%x, shape=%t)\n return %z\n}",
      "broadcast_to", sizes);
  same(
      "func @main(%x: f32[N,1], %r: f32[N,M]) {\n %s = shape(x=%r)\n %z = broadcast_to(x=%x, "
      "shape=%s)\n return %z\n}",
      "broadcast_to", sizes);
  // Consumers that broadcast by themselves need no copy.
  const auto m = same(
      "func @main(%x: f32[1,4], %r: f32[N,4]) {\n %s = shape(x=%r)\n %w = broadcast_to(x=%x, "
      "shape=%s)\n %z = "
      "add(x=%w, y=%r)\n return %z\n}",
      "tile", sizes);
  CHECK_FALSE(m.has("broadcast_to"));
  CHECK(same("func @main(%x: f32[1,4], %r: f32[1,1]) {\n %s = const dense<i32[2]: 3, 4>\n %w = "
             "broadcast_to(x=%x, shape=%s)\n %z = "
             "add(x=%w, y=%r)\n return %z\n}",
             "broadcast_to")
            .has("tile"));
  // A condition larger than both branches.
  same(
      "func @main(%c: bool[3,4], %a: f32[4], %b: f32[]) {\n %z = select(cond=%c, a=%a, b=%b)\n "
      "return %z\n}",
      "");
  CHECK(same("func @main(%c: bool[N,4], %a: f32[4], %b: f32[]) {\n %z = select(cond=%c, a=%a, "
             "b=%b)\n return %z\n}",
             "", sizes)
            .has("tile"));
}

TEST_CASE("element types are narrowed") {
  const auto m = same(
      "func @main(%ids: i64[5], %w: f64[3,2]) {\n %i = const dense<i64[]: 3>\n %r = mod(x=%ids, "
      "y=%i)\n %z = gather(x=%w, "
      "indices=%r) {axis=0}\n %c = cast(x=%z) {dtype=i64}\n return %z, %c\n}",
      "", {.tolerance = 1e-6, .edges = false});
  CHECK(m.text().find("i64") == std::string::npos);
  CHECK(m.text().find("f64") == std::string::npos);
  CHECK(m.diagnostics.all().size() >= 4);
  CHECK(m.diagnostics.all()[0].error.code == Code::N3101);
  CHECK(m.diagnostics.all()[0].error.message == "i64 input \"ids\" became i32");

  const auto far = legalised(
      "func @main(%x: f32[5]) {\n %b = const dense<i64[1]: 1>\n %e = const dense<i64[1]: "
      "9223372036854775807>\n %z = "
      "slice_by_index(x=%x, begin=%b, end=%e)\n return %z\n}");
  compare(far);
  CHECK(far.diagnostics.all().empty());
  const auto lost = legalised(
      "func @main(%x: i64[1]) {\n %b = const dense<i64[1]: 5000000000>\n %z = add(x=%x, y=%b)\n "
      "return %z\n}");
  REQUIRE(!lost.diagnostics.all().empty());
  CHECK(lost.diagnostics.all()[0].error.code == Code::W3102);

  // Small integers wrap around as they did.
  for (const char* type : {"u8[90]", "i8[90]", "i16[90]", "u16[90]"}) {
    for (const char* op : {"add", "sub", "mul"}) same(binary(op, type, type), "");
    same(unary("neg", type), "neg");
  }
  for (const char* to : {"u8", "i8", "i16", "u16"}) {
    same(unary("cast", "f32[60]", cat("dtype=", to)), "");
    same(unary("cast", "i32[60]", cat("dtype=", to)), "");
  }
}

TEST_CASE("inputs and outputs have types that multi-arrays have") {
  const auto m = same(
      "func @main(%p: bool[7], %q: bool[7]) {\n %z = logical_and(x=%p, y=%q)\n return %z\n}", "");
  const auto& f = m.after.functions[0];
  CHECK(f.type(f.block(f.entry()).args[0]).dtype == ir::DType::i32);
  CHECK(f.type(f.block(f.entry()).results[0]).dtype == ir::DType::i32);
  CHECK(same(unary("relu", "f16[4]"), "").text().find("cast") == std::string::npos);
  CHECK(same(unary("relu", "f16[4]"), "", {}, Target::ios15).text().find("cast") !=
        std::string::npos);
}

TEST_CASE("scalar inputs are vectors of one element outside") {
  const auto m = same(
      "func @main(%x: f32[3], %s: f32[], %b: bool[]) {\n %y = mul(x=%x, y=%s)\n %z = "
      "select(cond=%b, a=%y, b=%x)\n return %z, %s\n}",
      "");
  const auto& f = m.after.functions[0];
  CHECK(to_string(f.type(f.block(f.entry()).args[1])) == "f32[1]");
  CHECK(to_string(f.type(f.block(f.entry()).args[2])) == "i32[1]");
  CHECK(m.diagnostics.all()[0].error.code == Code::N3105);
}

TEST_CASE("data of types that MIL's op does not take") {
  same(
      "func @main(%x: bool[5,3]) {\n %i = const dense<i32[4]: 4, 0, 2, 2>\n %z = gather(x=%x, "
      "indices=%i) {axis=0}\n return %z\n}",
      "");
  same(
      "func @main(%x: bool[5,3], %y: bool[3]) {\n %z = equal(x=%x, y=%y)\n %w = not_equal(x=%x, "
      "y=%y)\n return %z, %w\n}",
      "equal");
}

TEST_CASE("legal functions are left alone") {
  auto m =
      legalised("func @main(%x: f32[2,3]) {\n %y = relu(x=%x)\n %z = softmax(x=%y)\n return %z\n}");
  CHECK(ir::print(m.before) == m.text());
  passes::PassContext context;
  CHECK(coreml::legalise_pass().run(m.after, context).value() == false);
}

TEST_CASE("all problems are reported at once") {
  const auto m = legalised(
      "func @main(%x: f32[2,3,4], %s: i32[3]) {\n %y = resize_nd(x=%x, sizes=%s) {mode=\"cubic\"} "
      "@\"up\":\"Resize\"\n %k = "
      "local_response_norm(x=%y) {size=3}\n %z = resize_nd(x=%k, sizes=%s) {mode=\"cubic\"}\n "
      "return %z\n}");
  REQUIRE(m.error);
  CHECK(m.error->kind() == ErrorKind::unsupported);
  CHECK(m.error->code == Code::E3003);
  CHECK(m.diagnostics.error_count() == 2);
  CHECK(m.diagnostics.all()[0].error.where.node == "up");
}
