// cast-fp16: what stays in f32 because of the numbers that it makes, and what does not.
#include "passes/precision/cast_fp16.h"
#include "tests/passes/equivalence.h"

using namespace corecast;
using namespace corecast::test;
using ir::DType;

namespace {

PassedModule halved(const std::string& text) {
  INFO(text);
  return run_pass(passes::cast_fp16_pass(), text);
}

/// How many ops of this kind compute in the type.
std::size_t count_of(const PassedModule& m, std::string_view name, DType dtype) {
  std::size_t n = 0;
  const ir::Function& f = m.after.functions[0];
  for_each_op(f, [&](ir::OpId id) {
    const ir::OpData& op = f.op(id);
    n += op.schema->name == name && f.type(op.results.at(0)).dtype == dtype;
  });
  return n;
}
std::size_t wide(const PassedModule& m, std::string_view name) {
  return count_of(m, name, DType::f32);
}
std::size_t half(const PassedModule& m, std::string_view name) {
  return count_of(m, name, DType::f16);
}

std::string quotient(const char* exponent) {
  return cat(
      "func @main(%x: f32[2,8]) {\n %m = reduce_max(x=%x) {axes=[1], keep_dims=true}\n %d = "
      "sub(x=%x, y=%m)\n %e = exp(x=",
      exponent,
      ")\n %c = const splat<f32[]: 0.5>\n %w = mul(x=%e, y=%c)\n %s = reduce_sum(x=%w) "
      "{axes=[1], keep_dims=true}\n %q = real_div(x=%w, y=%s)\n %y = tanh(x=%q)\n return "
      "%y\n}");
}

}  // namespace

TEST_CASE("exponentials up to their quotient") {
  const auto m = halved(quotient("%x"));
  for (const char* op : {"exp", "mul", "reduce_sum", "real_div"}) CHECK(wide(m, op) == 1);
  CHECK(half(m, "tanh") == 1);
  const auto bounded = halved(quotient("%d"));  // at most 1
  for (const char* op : {"exp", "mul", "reduce_sum", "real_div"}) CHECK(half(bounded, op) == 1);
}

TEST_CASE("exponentials that nothing brings back are f16") {
  const auto m = halved(
      "func @main(%x: f32[8], %z: f32[8]) {\n %e = exp(x=%x)\n %y = mul(x=%e, y=%z)\n %t = "
      "tanh(x=%e)\n return %y, %t\n}");
  CHECK(half(m, "exp") == 1);
  CHECK(half(m, "mul") == 1);
}

TEST_CASE("what an f16 op reads of a large value is finite") {
  const auto m = halved(
      "func @main(%x: f32[8]) {\n %e = exp(x=%x)\n %y = log(x=%e) {epsilon=0.0}\n %z = "
      "tanh(x=%e)\n return %y, %z\n}");
  CHECK(wide(m, "exp") == 1);
  CHECK(wide(m, "clip") == 1);
}

TEST_CASE("squares, powers and products up to a root or a quotient") {
  const auto m = halved(
      "func @main(%x: f32[8], %z: f32[8]) {\n %a = square(x=%x)\n %b = square(x=%z)\n %s = "
      "add(x=%a, y=%b)\n %r = sqrt(x=%s)\n %y = tanh(x=%r)\n return %y\n}");
  CHECK(wide(m, "square") == 2);
  CHECK(wide(m, "sqrt") == 1);
  CHECK(half(m, "tanh") == 1);
  const auto bounded = halved(
      "func @main(%x: f32[8]) {\n %t = tanh(x=%x)\n %a = square(x=%t)\n %s = sqrt(x=%a)\n return "
      "%s\n}");
  CHECK(half(bounded, "square") == 1);
}

TEST_CASE("sums of many elements up to what divides them") {
  const auto sum = [](const char* n) {
    return halved(cat("func @main(%x: f32[2,", n,
                      "]) {\n %s = reduce_sum(x=%x) {axes=[1], keep_dims=true}\n %y = "
                      "real_div(x=%x, y=%s)\n return %y\n}"));
  };
  CHECK(wide(sum("20000"), "reduce_sum") == 1);
  CHECK(wide(sum("20000"), "real_div") == 1);
  CHECK(wide(sum("N"), "reduce_sum") == 1);  // may be as long
  CHECK(half(sum("20"), "reduce_sum") == 1);
  CHECK(half(sum("20"), "real_div") == 1);
}

TEST_CASE("integers that were added up, up to their scale") {
  const auto m = halved(
      "func @main(%x: i32[4,64], %s: f32[]) {\n %w = const splat<i32[64,8]: 3>\n %p = "
      "matmul(x=%x, y=%w)\n %f = cast(x=%p) {dtype=f32}\n %k = const splat<f32[]: 0.002>\n %c = "
      "mul(x=%s, y=%k)\n %z = mul(x=%f, y=%c)\n %y = tanh(x=%z)\n return %y\n}");
  CHECK(wide(m, "mul") == 2);
  CHECK(half(m, "tanh") == 1);
}

TEST_CASE("a sum of products in floats that stands for integers") {
  const auto m = halved(
      "func @main(%x: f32[1,4,5,5]) {\n %w = const splat<f32[2,4,3,3]: 100>\n %p = conv(x=%x, "
      "weight=%w)\n %i = cast(x=%p) {dtype=i32}\n return %i\n}");
  CHECK(wide(m, "conv") == 1);
}

TEST_CASE("scores of attention are f16, a quotient of two products is not") {
  const auto scores = halved(
      "func @main(%q: f32[2,4,8], %k: f32[2,4,8]) {\n %s = matmul(x=%q, y=%k) "
      "{transpose_y=true}\n %c = const splat<f32[]: 64>\n %d = real_div(x=%s, y=%c)\n %y = "
      "softmax(x=%d)\n return %y\n}");
  CHECK(half(scores, "matmul") == 1);
  CHECK(half(scores, "real_div") == 1);
  const auto linear = halved(
      "func @main(%q: f32[2,4,8], %v: f32[2,8,3], %s: f32[2,8,1]) {\n %a = matmul(x=%q, y=%v)\n "
      "%b = matmul(x=%q, y=%s)\n %y = real_div(x=%a, y=%b)\n return %y\n}");
  CHECK(wide(linear, "matmul") == 2);
  CHECK(wide(linear, "real_div") == 1);
}

TEST_CASE("the fraction of a position") {
  const auto m = halved(
      "func @main(%x: f32[8]) {\n %k = const splat<f32[]: 0.3>\n %p = mul(x=%x, y=%k)\n %f = "
      "floor(x=%p)\n %d = sub(x=%p, y=%f)\n %y = tanh(x=%d)\n return %y\n}");
  for (const char* op : {"mul", "floor", "sub"}) CHECK(wide(m, op) == 1);
  CHECK(half(m, "tanh") == 1);
  const auto other = halved(
      "func @main(%x: f32[8], %z: f32[8]) {\n %f = floor(x=%z)\n %g = relu(x=%f)\n %d = sub(x=%x, "
      "y=%g)\n return %d\n}");
  CHECK(half(other, "sub") == 1);
}

TEST_CASE("differences from where a function is flat") {
  const auto m = halved(
      "func @main(%x: f32[8]) {\n %one = const splat<f32[]: 1>\n %q = square(x=%x)\n %a = "
      "add(x=%q, y=%one)\n %r = sqrt(x=%a)\n %d = sub(x=%r, y=%one)\n %y = tanh(x=%d)\n return "
      "%y\n}");
  for (const char* op : {"add", "sqrt", "sub"}) CHECK(wide(m, op) == 1);
  const auto sum = halved(
      "func @main(%x: f32[8]) {\n %one = const splat<f32[]: 1>\n %c = cos(x=%x)\n %d = add(x=%c, "
      "y=%one)\n return %d\n}");
  CHECK(half(sum, "add") == 1);
}

TEST_CASE("a second moment less the square of the first") {
  const auto moments = [](const char* less) {
    return halved(
        cat("func @main(%x: f32[2,8], %w: f32[2,8], %z: f32[2,1]) {\n %p = softmax(x=%w)\n %a = "
            "mul(x=%p, y=%x)\n %b = mul(x=%a, y=%x)\n %s = reduce_sum(x=%b) {axes=[1], "
            "keep_dims=true}\n %m = reduce_sum(x=%a) {axes=[1], keep_dims=true}\n %q = square(x=",
            less, ")\n %d = sub(x=%s, y=%q)\n %y = tanh(x=%d)\n return %y\n}"));
  };
  const auto m = moments("%m");
  CHECK(wide(m, "softmax") == 1);
  CHECK(wide(m, "mul") == 2);
  CHECK(wide(m, "sub") == 1);
  CHECK(half(m, "tanh") == 1);
  CHECK(half(moments("%z"), "softmax") == 1);
}

TEST_CASE("a square of a product is no reason to keep the product") {
  const auto m = halved(
      "func @main(%x: f32[2,8], %g: f32[2,8]) {\n %h = mul(x=%x, y=%g)\n %q = square(x=%h)\n %s = "
      "reduce_sum(x=%q) {axes=[1], keep_dims=true}\n %r = sqrt(x=%s)\n %y = real_div(x=%h, "
      "y=%r)\n return %y\n}");
  CHECK(half(m, "mul") == 1);
  CHECK(wide(m, "square") == 1);
}

TEST_CASE("a product of two norms") {
  const auto m = halved(
      "func @main(%x: f32[2,8], %z: f32[2,8]) {\n %a = reduce_l2_norm(x=%x) {axes=[1], "
      "keep_dims=true}\n %b = reduce_l2_norm(x=%z) {axes=[1], keep_dims=true}\n %c = mul(x=%a, "
      "y=%b)\n %y = real_div(x=%x, y=%c)\n return %y\n}");
  CHECK(wide(m, "mul") == 1);
  CHECK(wide(m, "real_div") == 1);
}
