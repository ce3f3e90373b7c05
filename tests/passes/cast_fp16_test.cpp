// cast-fp16: which ops compute in 16 bits, what becomes of constants, and where casts stand.
#include "passes/precision/cast_fp16.h"

#include "ops/op_kind.h"
#include "passes/pipeline.h"
#include "tests/passes/equivalence.h"

using namespace corecast;
using namespace corecast::test;
using ir::DType;
using mil::Target;

namespace {

constexpr double kHalf = 6e-3;  // a few roundings of 2^-11

PassedModule halved(const std::string& text, passes::CastFp16Options options = {},
                    std::optional<Target> target = {}) {
  return run_pass(passes::cast_fp16_pass(std::move(options)), text, target);
}
PassedModule same(const std::string& text, double tolerance = kHalf,
                  std::optional<Target> target = {}) {
  INFO(text);
  PassedModule m = halved(text, {}, target);
  compare(m, {.tolerance = tolerance, .edges = false, .symbols = {{"N", 3}}});
  return m;
}
/// The element type of the first result of the first op of this kind, anywhere.
DType type_of_op(const PassedModule& m, std::string_view name) {
  std::optional<DType> found;
  const ir::Function& f = m.after.functions[0];
  for_each_op(f, [&](ir::OpId id) {
    if (!found && f.op(id).schema->name == name) found = f.type(f.op(id).results.at(0)).dtype;
  });
  INFO(m.text());
  REQUIRE(found.has_value());
  return *found;
}
std::size_t count_of(const PassedModule& m, std::string_view name) {
  std::size_t n = 0;
  const ir::Function& f = m.after.functions[0];
  for_each_op(f, [&](ir::OpId id) { n += f.op(id).schema->name == name; });
  return n;
}
std::string note(const PassedModule& m) {
  std::string text;
  for (const auto& d : m.diagnostics.all()) text += d.error.message + "\n";
  return text;
}

const char* const kChain =
    "func @main(%x: f32[N,4]) {\n %w = const seq<f32[5,4]: -1, 0.125>\n %b = const seq<f32[5]: 1, "
    "0.5>\n %h = linear(x=%x, weight=%w, bias=%b)\n %r = relu(x=%h)\n %y = softmax(x=%r)\n return "
    "%y, %r\n}";

}  // namespace

TEST_CASE("features keep their types, everything between is f16") {
  const auto m = same(kChain);
  const ir::Function& f = m.after.functions[0];
  CHECK(f.type(f.block(f.entry()).args[0]).dtype == DType::f32);
  for (const auto v : f.block(f.entry()).results) CHECK(f.type(v).dtype == DType::f32);
  for (const char* op : {"linear", "relu", "softmax"}) CHECK(type_of_op(m, op) == DType::f16);
  CHECK(count_of(m, "cast") == 3);  // one in, one for each output
  CHECK(m.diagnostics.all().empty());
}

TEST_CASE("a second time changes nothing") {
  ir::Module m(ops::registry());
  m.functions.push_back(parse(kChain));
  passes::PassContext context;
  context.rules = coreml::rules_for({});
  const auto first = passes::cast_fp16_pass().run(m, context);
  REQUIRE(first);
  CHECK(*first);
  const auto once = ir::print(m);
  const auto again = passes::cast_fp16_pass().run(m, context);
  REQUIRE(again);
  REQUIRE(passes::own_passes().find("dce")->run(m, context));
  CHECK(ir::print(m) == once);
}

TEST_CASE("numbers that mask") {
  for (const char* value : {"-inf", "-1e9", "-3.4028235e38"}) {
    const auto added =
        cat("func @main(%x: f32[2,3], %m: f32[2,3]) {\n %z = const splat<f32[]: 0>\n %p = "
            "greater(x=%m, y=%z)\n %v = const splat<f32[]: ",
            value, ">\n %s = select(cond=%p, a=%x, b=%v)\n %y = softmax(x=%s)\n return %y\n}");
    CHECK(type_of_op(halved(added), "select") == DType::f16);
    CHECK(type_of_op(halved(added), "softmax") == DType::f16);
  }
  // Constant masks are added; two of them in one place must not become an infinity.
  for (const char* value : {"-1e9", "-3.4028235e38"}) {
    const auto text =
        cat("func @main(%x: f32[2,3]) {\n %m = const dense<f32[3]: 0, 0, ", value,
            ">\n %n = const dense<f32[2,1]: 0, ", value,
            ">\n %a = add(x=%x, y=%m)\n %b = add(x=%a, y=%n)\n %y = softmax(x=%b)\n return %y\n}");
    const auto m = same(text, 2e-2);
    CHECK(type_of_op(m, "add") == DType::f16);
  }
  // (1 - mask) * -1e9
  const auto product =
      "func @main(%x: f32[2,3], %i: i32[2,3]) {\n %o = const splat<f32[]: 1>\n %v = const "
      "splat<f32[]: -1e9>\n %z = const splat<i32[]: 0>\n %g = greater(x=%i, y=%z)\n %f = "
      "cast(x=%g)\n %d = sub(x=%o, y=%f)\n %m = mul(x=%d, y=%v)\n %a = add(x=%x, y=%m)\n %y = "
      "softmax(x=%a)\n return %y\n}";
  const auto m = run_pass(passes::cast_fp16_pass(), product);
  CHECK(type_of_op(m, "softmax") == DType::f16);
  CHECK(type_of_op(m, "mul") == DType::f16);
}

TEST_CASE("constants beyond f16 keep their op in f32") {
  const auto m = same(
      "func @main(%x: f32[4]) {\n %k = const splat<f32[]: 1e6>\n %a = mul(x=%x, y=%k)\n %i = const "
      "splat<f32[]: 1e-6>\n %b = mul(x=%a, y=%i)\n %y = tanh(x=%b)\n return %y\n}");
  CHECK(type_of_op(m, "mul") == DType::f32);
  CHECK(type_of_op(m, "tanh") == DType::f16);
  CHECK(note(m).find("beyond f16") != std::string::npos);
  // As a limit, the largest f16 says the same.
  CHECK(type_of_op(same("func @main(%x: f32[4]) {\n %k = const splat<f32[]: 1e6>\n %y = "
                        "minimum(x=%x, y=%k)\n return %y\n}"),
                   "minimum") == DType::f16);
}

TEST_CASE("small constants do not vanish, infinities stay") {
  const auto m = halved(
      "func @main(%x: f32[2]) {\n %k = const splat<f32[]: 1e-12>\n %y = add(x=%x, y=%k)\n %i = "
      "const dense<f32[2]: inf, -inf>\n %z = maximum(x=%x, y=%i)\n return %y, %z\n}");
  const ir::Function& f = m.after.functions[0];
  std::vector<double> numbers;
  for (std::uint32_t v = 0; v < f.value_capacity(); ++v) {
    const auto* t = f.constant(ir::ValueId(v));
    if (!t || t->dtype() != DType::f16) continue;
    for (const double n : t->to_doubles()) numbers.push_back(n);
  }
  CHECK(numbers == std::vector<double>{0x1p-24, INFINITY, -INFINITY});
}

TEST_CASE("branches and loops keep their types") {
  const auto branch =
      "func @main(%x: f32[3], %p: bool[]) {\n %a = exp(x=%x)\n %y = cond(pred=%p) {\n "
      "true_branch() {\n %t = tanh(x=%a)\n yield %t\n }\n false_branch() {\n %u = sin(x=%x)\n "
      "yield %u\n }\n }\n %z = relu(x=%y)\n return %z\n}";
  const auto m = same(branch);
  CHECK(type_of_op(m, "cond") == DType::f32);
  CHECK(type_of_op(m, "tanh") == DType::f16);
  CHECK(type_of_op(m, "relu") == DType::f16);
  const auto loop =
      "func @main(%x: f32[3]) {\n %i = const splat<i32[]: 0>\n %n = const splat<i32[]: 3>\n %o = "
      "const splat<i32[]: 1>\n %k, %y = while_loop(loop_vars=(%i, %x)) {\n cond(%c: i32[], %v: "
      "f32[3]) {\n %l = less(x=%c, y=%n)\n yield %l\n }\n body(%d: i32[], %w: f32[3]) {\n %e = "
      "add(x=%d, y=%o)\n %t = tanh(x=%w)\n yield %e, %t\n }\n }\n %z = relu(x=%y)\n return %z, "
      "%k\n}";
  const auto w = same(loop);
  CHECK(type_of_op(w, "tanh") == DType::f16);
  CHECK(type_of_op(w, "add") == DType::i32);
}

TEST_CASE("whole numbers and positions are not touched") {
  const auto m = same(
      "func @main(%x: f32[N,4], %i: i32[2]) {\n %s = shape(x=%x)\n %a = mul(x=%i, y=%i)\n %j = "
      "const dense<i32[2]: 3, 0>\n %g = gather(x=%x, indices=%j) {axis=1}\n %y = exp(x=%g)\n "
      "return %y, %s, %a\n}");
  CHECK(type_of_op(m, "shape") == DType::i32);
  CHECK(type_of_op(m, "mul") == DType::i32);
  CHECK(type_of_op(m, "gather") == DType::f16);
}

TEST_CASE("positions on their way to angles stay in f32") {
  const auto m = same(
      "func @main(%x: f32[1,4]) {\n %s = const splat<i32[]: 0>\n %e = const splat<i32[]: 3000>\n "
      "%o = const splat<i32[]: 1>\n %r = range_1d(end=%e, start=%s, step=%o)\n %f = cast(x=%r)\n "
      "%c = const dense<i32[2]: -1, 1>\n %p = reshape(x=%f, shape=%c)\n %w = const dense<f32[4]: "
      "1, 0.1, 0.01, 0.001>\n %a = mul(x=%p, y=%w)\n %t = sin(x=%a)\n %y = mul(x=%t, y=%x)\n "
      "return %y\n}");
  CHECK(type_of_op(m, "sin") == DType::f32);
  CHECK(note(m).find("positions") != std::string::npos);
}

TEST_CASE("sums of squares stay in f32 up to their root") {
  const auto m = same(
      "func @main(%x: f32[2,64]) {\n %k = const splat<f32[]: 100>\n %b = mul(x=%x, y=%k)\n %s = "
      "square(x=%b)\n %v = reduce_mean(x=%s) {axes=[-1], keep_dims=true}\n %r = rsqrt(x=%v) "
      "{epsilon=1e-6}\n %y = mul(x=%b, y=%r)\n return %y\n}");
  CHECK(type_of_op(m, "square") == DType::f32);
  CHECK(type_of_op(m, "rsqrt") == DType::f32);
}

TEST_CASE("what the user keeps") {
  auto kept = halved(kChain, {.keep_kinds = {"softmax"}, .keep_names = {}});
  CHECK(type_of_op(kept, "softmax") == DType::f32);
  CHECK(type_of_op(kept, "linear") == DType::f16);
  kept = halved(kChain, {.keep_kinds = {}, .keep_names = {"h|r"}});
  CHECK(type_of_op(kept, "linear") == DType::f32);
  CHECK(type_of_op(kept, "relu") == DType::f32);
  CHECK(type_of_op(kept, "softmax") == DType::f16);
  CHECK(note(kept).find("asked for, by name") != std::string::npos);
  const auto broken = halved(kChain, {.keep_kinds = {}, .keep_names = {"("}});
  REQUIRE(broken.error);
  CHECK(broken.error->code == Code::E1201);
}

TEST_CASE("recurrent layers have f16 from iOS 17 on") {
  const auto text =
      "func @main(%x: f32[4,2,3], %h: f32[2,4]) {\n %w = const seq<f32[4,3]: -0.5, 0.03>\n %r = "
      "const seq<f32[4,4]: 0.7, -0.03>\n %y, %z = rnn(x=%x, initial_h=%h, weight_ih=%w, "
      "weight_hh=%r)\n return %y, %z\n}";
  CHECK(type_of_op(same(text, kHalf, Target::ios16), "rnn") == DType::f32);
  CHECK(type_of_op(same(text, kHalf, Target::ios17), "rnn") == DType::f16);
}

TEST_CASE("coordinates stay in f32 where an image is resampled") {
  const auto m = same(
      "func @main(%x: f32[1,2,4,5], %c: f32[1,3,3,2]) {\n %y = resample(x=%x, coordinates=%c) "
      "{sampling_mode=\"bilinear\", padding_mode=\"constant\", padding_value=0.0, "
      "coordinates_mode=\"normalized_minus_one_to_one\", align_corners=true}\n return %y\n}",
      2e-2);
  const ir::Function& f = m.after.functions[0];
  for_each_op(f, [&](ir::OpId id) {
    if (f.is(id, ir::OpKind::Resample)) CHECK(f.type(f.op(id).operands[1]).dtype == DType::f32);
  });
}

TEST_CASE("integers between floats, and what f16 cannot count") {
  // x -> whole -> float: only the last part is f16.
  const auto m = same(
      "func @main(%x: f32[6]) {\n %k = const splat<f32[]: 1000>\n %a = mul(x=%x, y=%k)\n %i = "
      "cast(x=%a) {dtype=i32}\n %s = const splat<i32[]: 3>\n %d = floor_div(x=%i, y=%s)\n return "
      "%d\n}");
  CHECK(type_of_op(m, "mul") == DType::f32);
  CHECK(type_of_op(same("func @main(%x: f32[3,5]) {\n %y = cumsum(x=%x) {axis=1}\n %z = "
                        "tanh(x=%y)\n return %z\n}"),
                   "cumsum") == DType::f32);
}
