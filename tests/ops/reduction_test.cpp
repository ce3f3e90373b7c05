#include <cmath>

#include "tests/ops/text_bench.h"
#include "tests/support/catch.h"

namespace corecast {
namespace {

using ir::Tensor;
using test::known_of;
using test::numbers;
using test::rejection;
using test::type_of;

std::string on_x(const char* type, const char* op) {
  return cat("func @main(%x: ", type, ") { %y = ", op, " return %y }");
}
bool says(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("reduced shapes stay symbolic") {
  CHECK(type_of(on_x("f32[N,3,M]", "reduce_sum(x=%x) {axes=[-1]}")) == "f32[N,3]");
  CHECK(type_of(on_x("i32[N,3,M]", "reduce_max(x=%x) {axes=[1,0], keep_dims=true}")) ==
        "i32[1,1,M]");
  CHECK(type_of(on_x("f16[N,3]", "reduce_mean(x=%x)")) == "f16[]");
  CHECK(type_of(on_x("f16[N,3]", "reduce_mean(x=%x) {axes=[]}")) == "f16[N,3]");
  CHECK(type_of(on_x("f16[N,3]", "reduce_argmax(x=%x) {axis=0}")) == "i32[3]");
  CHECK(type_of(on_x("f16[N,3]", "reduce_argmin(x=%x) {keep_dims=true, output_dtype=i64}")) ==
        "i64[N,1]");
}

TEST_CASE("reductions reject axes that are not there") {
  CHECK(says(rejection(on_x("f32[2,3]", "reduce_sum(x=%x) {axes=[2]}")),
             "axes 2 is outside [-2, 2)"));
  CHECK(says(rejection(on_x("f32[2,3]", "reduce_sum(x=%x) {axes=[1,-1]}")), "axes names 1 twice"));
  CHECK(says(rejection(on_x("f32[]", "reduce_argmax(x=%x)")), "axis -1"));
  CHECK(says(rejection(on_x("f32[2]", "reduce_argmax(x=%x) {output_dtype=f32}")),
             "output_dtype f32"));
}

TEST_CASE("argmax of an empty axis is an error") {
  const auto out = test::try_run(on_x("f32[2,N]", "reduce_argmax(x=%x)"),
                                 {{"x", Tensor::zeros(ir::DType::f32, {2, 0})}});
  REQUIRE_FALSE(out);
  CHECK(says(out.error().message, "has no elements"));
}

TEST_CASE("sizes are summed and multiplied symbolically") {
  const auto known = [](const char* op) {
    return known_of(cat("func @main(%x: f32[N,3]) { %s = shape(x=%x) %y = ", op, " return %y }"));
  };
  CHECK(known("reduce_sum(x=%s)") == "N+3");
  CHECK(known("reduce_prod(x=%s) {keep_dims=true}") == "3*N");
  CHECK(known("reduce_max(x=%s) {axes=[0]}") == "max(3,N)");
  CHECK(known("reduce_min(x=%s) {axes=[]}") == "N, 3");
}

TEST_CASE("topk and argsort infer and check") {
  CHECK(type_of(on_x("f32[N,9]", "argsort(x=%x) {axis=0}")) == "i32[N,9]");
  const auto f = test::parse(
      "func @main(%x: f32[N,9]) { %v, %i = topk(x=%x) {k=5, output_indices_dtype=u16} return %v, "
      "%i }");
  CHECK(to_string(f.type(f.block(f.entry()).results[0])) == "f32[N,5]");
  CHECK(to_string(f.type(f.block(f.entry()).results[1])) == "u16[N,5]");
  CHECK(type_of(on_x("f32[N,9]", "topk(x=%x) {k=-1, axis=0, return_indices=false}")) == "f32[N,9]");
  CHECK(says(rejection(on_x("f32[4]", "topk(x=%x) {k=5, return_indices=false}")),
             "k 5 exceeds the 4 elements"));
  CHECK(says(rejection(on_x("f32[4]", "topk(x=%x) {k=-2, return_indices=false}")),
             "k -2 is negative"));
  const auto out = test::try_run(on_x("f32[N]", "topk(x=%x) {k=5, return_indices=false}"),
                                 {{"x", Tensor::of<float>({1, 2})}});
  CHECK(says(out.error().message, "k 5 exceeds the 2 elements"));
}

TEST_CASE("softmax over masked rows") {
  const auto y = numbers(on_x("f32[2,2]", "softmax(x=%x)"),
                         {{"x", Tensor::of<float>({-INFINITY, 0, -INFINITY, -INFINITY}, {2, 2})}});
  CHECK(y[0] == 0);
  CHECK(y[1] == 1);
  CHECK((std::isnan(y[2]) && std::isnan(y[3])));
  CHECK(says(rejection(on_x("f32[2]", "softmax(x=%x) {axis=1}")), "axis 1 is outside"));
}

}  // namespace
}  // namespace corecast
