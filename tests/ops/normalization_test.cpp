#include "tests/ops/text_bench.h"
#include "tests/support/catch.h"

namespace corecast {
namespace {

using ir::Tensor;
using test::rejection;
using test::type_of;

bool says(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

std::string norm(const char* params, const char* op) {
  return cat("func @main(", params, ") { %y = ", op, " return %y }");
}

TEST_CASE("normalisations keep symbolic shapes and the dtype of x") {
  CHECK(type_of(norm("%x: f16[N,3,H], %m: f32[3]", "batch_norm(x=%x, mean=%m, variance=%m)")) ==
        "f16[N,3,H]");
  CHECK(type_of(norm("%x: f32[N,S,8], %g: f32[8]", "layer_norm(x=%x, gamma=%g) {axes=[-1]}")) ==
        "f32[N,S,8]");
  CHECK(type_of(norm("%x: f32[N,C], %g: f32[8]", "rms_norm(x=%x, gamma=%g)")) == "f32[N,C]");
  CHECK(type_of(norm("%x: f32[N,C,4]", "group_norm(x=%x) {num_groups=3}")) == "f32[N,C,4]");
}

TEST_CASE("normalisations reject parameters that do not fit") {
  CHECK(
      says(rejection(norm("%x: f32[2,3,4], %m: f32[4]", "batch_norm(x=%x, mean=%m, variance=%m)")),
           "mean is [4] where [3] is needed"));
  CHECK(says(rejection(norm("%x: f32[2,3]", "instance_norm(x=%x)")), "x has rank 2; at least 3"));
  CHECK(says(rejection(norm("%x: f32[2,8], %g: f32[2]", "layer_norm(x=%x, gamma=%g) {axes=[1]}")),
             "gamma is [2] where [8] is needed"));
  CHECK(says(rejection(norm("%x: f32[2,8]", "group_norm(x=%x) {num_groups=3}")),
             "num_groups 3 does not divide 8"));
  CHECK(says(rejection(norm("%x: f32[2,8]", "l2_norm(x=%x)")), "x has rank 2"));
  CHECK(says(rejection(norm("%x: f32[1,2,8]", "local_response_norm(x=%x) {size=0}")), "size 0"));
}

TEST_CASE("group_norm meets real channels") {
  const auto out = test::try_run(norm("%x: f32[N,C,1]", "group_norm(x=%x) {num_groups=3}"),
                                 {{"x", Tensor::zeros(ir::DType::f32, {1, 4, 1})}});
  CHECK(says(out.error().message, "num_groups 3 does not divide 4"));
}

TEST_CASE("prelu needs a slope per channel") {
  CHECK(says(rejection(norm("%x: f32[1,3,4], %a: f32[2]", "prelu(x=%x, alpha=%a)")),
             "alpha has 2 elements for 3 channels"));
  CHECK(
      says(rejection(norm("%x: f32[3], %a: f32[3]", "prelu(x=%x, alpha=%a)")), "no channel axis"));
  CHECK(says(rejection(norm("%x: f32[3]", "gelu(x=%x) {mode=\"FAST\"}")), "mode \"FAST\""));
}

TEST_CASE("attention infers and checks") {
  const char* qkv = "%q: f16[B,2,L,8], %k: f16[B,2,S,8], %v: f16[B,2,S,5]";
  CHECK(type_of(norm(qkv, "scaled_dot_product_attention(query=%q, key=%k, value=%v)")) ==
        "f16[B,2,L,5]");
  CHECK(type_of(norm(cat(qkv, ", %m: bool[L,S]").c_str(),
                     "scaled_dot_product_attention(query=%q, key=%k, value=%v, attn_mask=%m)")) ==
        "f16[B,2,L,5]");
  CHECK(says(rejection(norm("%q: f32[2,3,4], %k: f32[2,5,6]",
                            "scaled_dot_product_attention(query=%q, key=%k, value=%k)")),
             "differ in the last axis"));
  CHECK(says(rejection(norm("%q: f32[2,3,4], %k: f32[3,5,4]",
                            "scaled_dot_product_attention(query=%q, key=%k, value=%k)")),
             "differ in batch axis 0"));
  CHECK(says(
      rejection(norm("%q: f32[2,3,4], %m: bool[7]",
                     "scaled_dot_product_attention(query=%q, key=%q, value=%q, attn_mask=%m)")),
      "attn_mask [7] does not broadcast"));
}

}  // namespace
}  // namespace corecast
