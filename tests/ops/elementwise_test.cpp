#include <cmath>

#include "ir/schema_make.h"
#include "ops/elements.h"
#include "ops/elementwise/elementwise_unary.h"
#include "tests/ops/room_bench.h"
#include "tests/ops/text_bench.h"
#include "tests/support/catch.h"

namespace corecast {
namespace {

using ir::DType;
using ir::Tensor;
using test::known_of;
using test::numbers;
using test::rejection;
using test::type_of;

constexpr auto kInt = [](const char* op, std::vector<std::int32_t> x, std::vector<std::int32_t> y) {
  const auto text =
      cat("func @main(%x: i32[N], %y: i32[N]) {\n  %z = ", op, "(x=%x, y=%y)\n  return %z\n}");
  return test::try_run(text, {{"x", Tensor::of(x)}, {"y", Tensor::of(y)}});
};
std::vector<double> ints(const char* op, std::vector<std::int32_t> x, std::vector<std::int32_t> y) {
  return kInt(op, std::move(x), std::move(y)).value().at(0).to_doubles();
}
using Numbers = std::vector<double>;

/// Stands in for a room whose function is one of doubles and whose schema admits integers.
Result<ir::Tensors> eval_halved(const op::Abs& op, ir::EvalContext& c) {
  return ir::Tensors{op::map_elements(c.tensor(op.x), c, [](double v) { return v / 2; })};
}

TEST_CASE("a function of doubles alone is defined for integers as well") {
  const auto schema = ir::make_schema<op::Abs>(
      {.name = "halved",
       .doc = "",
       .traits = ir::traits::pointwise(ir::Overflow::never),
       .bounds = ir::bounds::unknown,
       .cost = ir::cost::unknown,
       .infer = [](const op::Abs& op, ir::InferContext& c) -> Result<ir::Types> {
         return ir::Types{c.type(op.x)};
       },
       .eval = eval_halved},
      ir::fields::operand<&op::Abs::x>("x", op::kNumbers, ""));
  for (const DType dtype : {DType::i8, DType::u8, DType::i32, DType::i64, DType::u64}) {
    test::RoomBench bench;
    const auto x = bench.add(Tensor::of<std::int32_t>({7, 100, 0, 1}).cast(dtype));
    CHECK(bench.numbers(schema, op::Abs{x}) == Numbers{3, 50, 0, 0});
  }
}

TEST_CASE("binary ops broadcast symbolic shapes") {
  CHECK(type_of("func @main(%x: f16[N,1,3], %y: f16[M,1]) { %z = mul(x=%x, y=%y) return %z }") ==
        "f16[N,M,3]");
  CHECK(type_of("func @main(%x: i32[N,2], %y: i32[]) { %z = less(x=%x, y=%y) return %z }") ==
        "bool[N,2]");
  CHECK(rejection("func @main(%x: f32[2], %y: f32[3]) { %z = add(x=%x, y=%y) return %z }")
            .find("x [2] and y [3] do not broadcast") != std::string::npos);
  CHECK(rejection("func @main(%x: f32[2], %y: f16[2]) { %z = add(x=%x, y=%y) return %z }")
            .find("element type") != std::string::npos);
}

TEST_CASE("integer division has every sign right") {
  const std::vector<std::int32_t> x = {7, 7, -7, -7, 6, -6, INT32_MIN},
                                  y = {2, -2, 2, -2, 3, 3, -1};
  CHECK(ints("floor_div", x, y) == Numbers{3, -4, -4, 3, 2, -2, INT32_MIN});
  CHECK(ints("real_div", x, y) == Numbers{3, -3, -3, 3, 2, -2, INT32_MIN});
  CHECK(ints("mod", x, y) == Numbers{1, -1, 1, -1, 0, 0, 0});
  CHECK(ints("remainder_trunc", x, y) == Numbers{1, 1, -1, -1, 0, 0, 0});
  for (const char* op : {"floor_div", "real_div", "mod", "remainder_trunc"}) {
    CHECK(kInt(op, {1}, {0}).error().message.find("integer zero") != std::string::npos);
  }
}

TEST_CASE("integer arithmetic wraps around") {
  CHECK(ints("add", {INT32_MAX}, {1}) == Numbers{INT32_MIN});
  CHECK(ints("sub", {INT32_MIN}, {1}) == Numbers{INT32_MAX});
  CHECK(ints("mul", {65536, -3}, {65536, 5}) == Numbers{0, -15});
  CHECK(ints("pow", {3, -2, 2, 0}, {4, 3, 32, 0}) == Numbers{81, -8, 0, 1});
  CHECK(kInt("pow", {2}, {-1}).error().message.find("negative exponent") != std::string::npos);
}

TEST_CASE("bits") {
  CHECK(ints("bitwise_and", {12, -1}, {10, 7}) == Numbers{8, 7});
  CHECK(ints("bitwise_or", {12}, {10}) == Numbers{14});
  CHECK(ints("bitwise_xor", {12, -1}, {10, 1}) == Numbers{6, -2});
  CHECK(ints("bit_shift", {1, 1, 3}, {31, 32, 1}) == Numbers{INT32_MIN, 0, 6});
  CHECK(numbers("func @main(%x: u8[2], %y: u8[2]) { %z = bit_shift(x=%x, y=%y) "
                "{direction=\"RIGHT\"} return %z }",
                {{"x", Tensor::of<std::uint8_t>({128, 200})},
                 {"y", Tensor::of<std::uint8_t>({7, 9})}}) == Numbers{1, 0});
}

TEST_CASE("floats: NaN, infinities, signed zero") {
  const double nan = std::nan("");
  const auto run = [](const char* op, std::vector<float> x, std::vector<float> y) {
    return numbers(
        cat("func @main(%x: f32[N], %y: f32[N]) { %z = ", op, "(x=%x, y=%y) return %z }"),
        {{"x", Tensor::of(x)}, {"y", Tensor::of(y)}});
  };
  const auto big = run("maximum", {1, static_cast<float>(nan)}, {static_cast<float>(nan), 1});
  CHECK((std::isnan(big[0]) && std::isnan(big[1])));
  // NumPy's: the floor of the exact quotient.
  CHECK(run("floor_div", {1, -1, 5, -5}, {0.1f, 0.1f, INFINITY, INFINITY}) ==
        Numbers{9, -10, 0, -1});
  CHECK(run("mod", {-1, 1, 5.5f}, {3, -3, 2}) == Numbers{2, -2, 1.5});
  CHECK(run("remainder_trunc", {-5.5f, 5.5f}, {2, -2}) == Numbers{-1.5, 1.5});
  CHECK(std::signbit(run("floor_div", {-0.f}, {2})[0]));
}

TEST_CASE("unary edge cases") {
  const auto run = [](const char* op, std::vector<float> x) {
    return numbers(cat("func @main(%x: f32[N]) { %z = ", op, " return %z }"),
                   {{"x", Tensor::of(x)}});
  };
  CHECK(run("round(x=%x)", {0.5f, 1.5f, 2.5f, -0.5f, -1.5f}) == Numbers{0, 2, 2, 0, -2});
  CHECK(run("sign(x=%x)", {-3, 0, 2}) == Numbers{-1, 0, 1});
  CHECK(std::isnan(run("sign(x=%x)", {NAN})[0]));
  CHECK(run("is_inf(x=%x) {detect_negative=false}", {-INFINITY, INFINITY, NAN, 1}) ==
        Numbers{0, 1, 0, 0});
  CHECK(run("is_nan(x=%x)", {-INFINITY, NAN}) == Numbers{0, 1});
  CHECK(run("inverse(x=%x) {epsilon=0.0}", {4, 0}) == Numbers{0.25, INFINITY});
  CHECK(run("log(x=%x) {epsilon=0.0}", {1, 0}) == Numbers{0, -INFINITY});
  CHECK(run("clip(x=%x) {alpha=-1.0, beta=6.0}", {-3, 9, 2}) == Numbers{-1, 6, 2});
  CHECK(std::isnan(run("clip(x=%x) {alpha=-1.0, beta=6.0}", {NAN})[0]));
  CHECK(rejection("func @main(%x: f32[2]) { %z = clip(x=%x) {alpha=2.0, beta=1.0} return %z }")
            .find("exceeds") != std::string::npos);
  CHECK(numbers("func @main(%x: i8[2]) { %z = abs(x=%x) return %z }",
                {{"x", Tensor::of<std::int8_t>({-128, -5})}}) == Numbers{-128, 5});
  CHECK(numbers("func @main(%x: i64[2]) { %z = clip(x=%x) {alpha=-1.5} return %z }",
                {{"x", Tensor::of<std::int64_t>({INT64_MIN, INT64_MAX})}}) ==
        Numbers{-1, 9223372036854775807.0});
}

TEST_CASE("cast") {
  const auto run = [](const char* to, const Tensor& x) {
    return numbers(cat("func @main(%x: ", ir::name_of(x.dtype()),
                       "[N]) { %z = cast(x=%x) {dtype=", to, "} return %z }"),
                   {{"x", x}});
  };
  const auto floats = Tensor::of<float>({1.9f, -1.9f, NAN, 0, 3e9f});
  CHECK(run("i32", floats) == Numbers{1, -1, 0, 0, INT32_MAX});
  CHECK(run("bool", floats) == Numbers{1, 1, 1, 0, 1});
  CHECK(run("i8", Tensor::of<std::int32_t>({300, -129})) == Numbers{44, 127});
  CHECK(run("f16", Tensor::of<float>({65520, 1e-9f})) == Numbers{INFINITY, 0});
}

TEST_CASE("shape arithmetic stays symbolic") {
  const auto known = [](const char* body) {
    return known_of(cat("func @main(%x: f32[N,3]) { %s = shape(x=%x) %two = const dense<i32[]: 2> ",
                        body, " return %z }"));
  };
  CHECK(known("%z = add(x=%s, y=%two)") == "N+2, 5");
  CHECK(known("%z = mul(x=%s, y=%s)") == "N*N, 9");
  CHECK(known("%z = floor_div(x=%s, y=%two)") == "(N/2), 1");
  CHECK(known("%f = cast(x=%s) {dtype=f32} %c = const dense<f32[]: 2.0> %m = mul(x=%f, y=%c) %r = "
              "floor(x=%m) "
              "%z = cast(x=%r) {dtype=i32}") == "2*N, 6");
  CHECK(known("%m = const dense<i32[2]: 0, 4> %z = equal(x=%s, y=%m)") == "0, 0");
  CHECK(known("%m = const dense<i32[2]: -1, 4> %p = less(x=%m, y=%s) %z = logical_not(x=%p)") ==
        "0, 1");
  CHECK(known("%m = const dense<i32[2]: 0, 4> %p = equal(x=%s, y=%m) %z = select(cond=%p, a=%m, "
              "b=%s)") == "N, 3");
  CHECK(known("%m = const dense<i32[2]: 7, 3> %z = equal(x=%s, y=%m)") == "unknown");
  CHECK(known("%z = reduce_prod(x=%s)") == "3*N");
}

}  // namespace
}  // namespace corecast
