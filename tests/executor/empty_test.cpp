// Sizes of 0, and sizes that cannot be.
#include "tests/executor/agreement.h"

using namespace corecast::test;

namespace {

const std::map<std::string, std::pair<std::int64_t, std::int64_t>> kMaybeNone = {
    {"A", {0, 2}}, {"B", {0, 2}}, {"C", {0, 2}}, {"K", {0, 1}}};

const std::vector<AgreementCase> kCases = {
    {"elementwise", R"(func @main(%x: f32[A,B,C], %y: f32[B,1], %i: i32[A,C]) {
  %a = add(x=%x, y=%y)
  %b = sigmoid(x=%a)
  %c = greater(x=%a, y=%y)
  %d = select(cond=%c, a=%a, b=%b)
  %e = cast(x=%d) {dtype=i32}
  %f = add(x=%i, y=%i)
  %g = is_nan(x=%b)
  return %d, %e, %f, %g
})",
     0, kMaybeNone},
    {"movement", R"(func @main(%x: f32[A,B,C], %y: f32[A,2,C]) {
  %p = const dense<i32[4]: 1, 0, 2, 3>
  %b = const dense<i32[3]: 0, 0, 0>
  %e = const dense<i32[3]: 1, 1, 1>
  %a = transpose(x=%x) {perm=[2,0,1]}
  %c = concat(values=(%x, %y)) {axis=1}
  %d = pad(x=%x, pad=%p) {mode="constant"}
  %f = reverse(x=%x)
  %g = slice_by_index(x=%x, begin=%b, end=%e)
  %h = stack(values=(%x, %x)) {axis=1}
  %s, %t = split(x=%y) {split_sizes=[1,1], axis=1}
  return %a, %c, %d, %f, %g, %h, %s, %t
})",
     0, kMaybeNone},
    {"products", R"(func @main(%x: f32[A,B,24], %y: f32[A,24,C], %z: f32[B,24]) {
  %w = const seq<f32[40,24]: -1, 0.002>
  %a = linear(x=%x, weight=%w)
  %b = matmul(x=%x, y=%y)
  %c = matmul(x=%x, y=%z) {transpose_y=true}
  %d = softmax(x=%b)
  return %a, %b, %c, %d
})",
     0, kMaybeNone},
    {"images",
     R"(func @main(%x: f32[A,20,7,6]) {
  %w = const seq<f32[40,20,3,3]: -1, 0.0003>
  %d = const seq<f32[40,1,3,3]: -1, 0.003>
  %a = conv(x=%x, weight=%w) {pad_type="same"}
  %r = relu(x=%a)
  %b = conv(x=%r, weight=%d) {groups=40, pad_type="same"}
  %c = max_pool(x=%b) {kernel_sizes=[2,2], strides=[2,2], pad_type="valid"}
  %e = avg_pool(x=%c) {kernel_sizes=[3,3], pad_type="valid"}
  %f = resize_bilinear(x=%x) {target_size_height=4, target_size_width=9}
  return %e, %f
})",
     0,
     {{"A", {0, 2}}}},
    {"picking nothing", R"(func @main(%x: f32[4,B,C], %i: i32[A], %j: i32[A,1], %u: f32[A,B,C]) {
  %a = gather(x=%x, indices=%i) {axis=0}
  %b = gather_nd(x=%x, indices=%j)
  %c = scatter_nd(data=%x, indices=%j, updates=%u) {mode="update"}
  return %a, %b, %c
})",
     0, kMaybeNone},
};

}  // namespace

TEST_CASE("sizes of 0 agree with the rooms") {
  const unsigned seed = fresh_seed();
  CAPTURE(seed);
  for_each_isa([&] {
    Random random(seed);
    for (const AgreementCase& c : kCases) {
      INFO(c.name);
      const auto m = parsed_function(c.text);
      // Empty ops may be left to the rooms, so the number of reference steps is open.
      for (int draw = 0; draw < 12; ++draw) CHECK(compare_with_rooms(m, c, random, 2e-5) >= 0);
    }
  });
}

TEST_CASE("sizes that no machine has are refused") {
  const auto m = parsed_function(R"(func @main(%x: f32[1,N]) {
  %r = const dense<i32[2]: 2147483647, 2147483647>
  %a = tile(x=%x, reps=%r)
  %b = relu(x=%a)
  %c = tile(x=%b, reps=%r)
  return %c
})");
  const auto plan = *corecast::executor::compile(m);
  using corecast::ir::Tensor;
  for (const std::int64_t n : {1, 3}) {
    const auto got = plan->run({{"x", Tensor::zeros(corecast::ir::DType::f32, {1, n})}});
    REQUIRE(!got.has_value());
    CHECK(got.error().code == corecast::Code::E5001);
  }
}
