// Slices, padding, picking and replacing, resizing, integers: against the rooms.
#include "tests/executor/agreement.h"

using namespace corecast::test;

namespace {

const std::vector<AgreementCase> kMovement = {
    {"pad",
     R"(func @main(%x: f32[A,B,C], %i: i32[B,C], %m: bool[A,C], %s: i64[C]) {
  %p = const dense<i32[4]: 1, 0, 2, 3>
  %q = const dense<i32[6]: 0, 2, 3, 0, 1, 1>
  %e = const dense<i32[2]: 1, 2>
  %a = pad(x=%x, pad=%p) {mode="constant", constant_val=1.5}
  %b = pad(x=%x, pad=%q) {mode="replicate"}
  %c = pad(x=%x, pad=%p) {mode="reflect"}
  %d = pad(x=%i, pad=%p) {mode="constant", constant_val=-3.0}
  %f = pad(x=%m, pad=%p) {mode="replicate"}
  %g = pad(x=%s, pad=%e) {mode="reflect"}
  return %a, %b, %c, %d, %e, %f, %g
})",
     0,
     {{"A", {1, 3}}, {"B", {2, 9}}, {"C", {4, 40}}}},
    {"slices and updates",
     R"(func @main(%x: f32[A,6,C], %u: f32[A,2,C], %v: f32[A,6,3], %i: i64[A,6,C]) {
  %b = const dense<i32[3]: 0, 1, 0>
  %e = const dense<i32[3]: 0, 5, 0>
  %s = const dense<i32[3]: 1, 2, 1>
  %b2 = const dense<i32[3]: 0, 0, -3>
  %n = const dense<i32[3]: 1, -1, 1>
  %a = slice_by_index(x=%x, begin=%b, end=%e, stride=%s) {begin_mask=[true,false,true], end_mask=[true,false,true]}
  %c = slice_update(x=%x, update=%u, begin=%b, end=%e, stride=%s) {begin_mask=[true,false,true], end_mask=[true,false,true]}
  %d = slice_update(x=%x, update=%v, begin=%b2, end=%e) {begin_mask=[true,true,false], end_mask=[true,true,true]}
  %f = slice_by_index(x=%i, begin=%b, end=%e, stride=%n) {begin_mask=[true,true,true], end_mask=[true,true,true]}
  %r = relu(x=%x)
  %g = slice_update(x=%r, update=%v, begin=%b2, end=%e) {begin_mask=[true,true,false], end_mask=[true,true,true]}
  return %a, %c, %d, %f, %g
})",
     0,
     {{"C", {3, 30}}}},
    {"steps longer than the tensor", R"(func @main(%x: f32[A,C]) {
  %b = const dense<i64[2]: 0, -1>
  %e = const dense<i64[2]: 9223372036854775807, -9223372036854775808>
  %s = const dense<i64[2]: 9223372036854775807, -9223372036854775807>
  %a = slice_by_index(x=%x, begin=%b, end=%e, stride=%s)
  return %a
})"},
    {"reverse", R"(func @main(%x: f32[A,B,C], %i: i64[A,C]) {
  %a = reverse(x=%x) {axes=[1]}
  %b = reverse(x=%x)
  %c = reverse(x=%i) {axes=[-1]}
  return %a, %b, %c
})"},
    {"gathers",
     R"(func @main(%x: f32[R,S,C], %i: i32[A,2], %j: i32[R,B,C], %k: i64[A,B,3]) {
  %a = gather_nd(x=%x, indices=%i)
  %b = gather_along_axis(x=%x, indices=%j) {axis=1}
  %c = gather_nd(x=%x, indices=%k)
  %d = gather(x=%x, indices=%i) {axis=-1}
  return %a, %b, %c, %d
})",
     0,
     {{"R", {4, 7}}, {"S", {4, 7}}, {"C", {4, 20}}}},
    {"indices that count from the end",
     R"(func @main(%x: f32[R,S,C], %h: i32[A,2], %g: i64[R,B,C], %u: f32[A,C], %v: f32[R,B,C]) {
  %two = const dense<i32[]: 2>
  %four = const dense<i64[]: 4>
  %t = const seq<f16[4,6]: -1, 0.02>
  %i = sub(x=%h, y=%two)
  %j = sub(x=%g, y=%four)
  %a = gather(x=%x, indices=%i) {axis=-1, wraps=true}
  %b = gather(x=%t, indices=%j) {axis=0, wraps=true}
  %c = gather_nd(x=%x, indices=%i) {wraps=true}
  %d = gather_along_axis(x=%x, indices=%j) {axis=1, wraps=true}
  %e = scatter_nd(data=%x, indices=%i, updates=%u) {mode="update", wraps=true}
  %f = scatter_along_axis(data=%x, indices=%j, updates=%v) {axis=1, mode="update", wraps=true}
  return %a, %b, %c, %d, %e, %f
})",
     0,
     {{"R", {4, 7}}, {"S", {4, 7}}, {"C", {4, 20}}}},
    {"scatters",
     R"(func @main(%x: f32[R,S,C], %i: i32[A,2], %u: f32[A,C], %j: i32[R,B,C], %v: f32[R,B,C]) {
  %a = scatter_nd(data=%x, indices=%i, updates=%u) {mode="update"}
  %b = scatter_along_axis(data=%x, indices=%j, updates=%v) {axis=1, mode="update"}
  %r = relu(x=%x)
  %c = scatter_nd(data=%r, indices=%i, updates=%u) {mode="update"}
  return %a, %b, %c
})",
     0,
     {{"R", {4, 7}}, {"S", {4, 7}}, {"C", {4, 20}}}},
    {"resize_nd",
     R"(func @main(%x: f32[A,B,H,W]) {
  %s = const dense<f32[4]: 1, 1, 2, 1.5>
  %z = const dense<i64[2]: 7, 11>
  %a = resize_nd(x=%x, scales=%s) {mode="linear"}
  %b = resize_nd(x=%x, sizes=%z) {axes=[2,3], mode="cubic", exclude_outside=true}
  %c = resize_nd(x=%x, scales=%s) {coordinate_transformation_mode="asymmetric", nearest_mode="floor"}
  %d = resize_nd(x=%x, sizes=%z) {axes=[2,3], mode="linear", antialias=true, coordinate_transformation_mode="align_corners"}
  return %a, %b, %c, %d
})",
     0,
     {{"H", {2, 20}}, {"W", {2, 20}}}},
};

const std::vector<AgreementCase> kNumbers = {
    {"integers",
     R"(func @main(%x: i32[A,B], %y: i32[B], %u: i64[A,1], %v: i64[A,B]) {
  %five = const dense<i32[1]: 5>
  %seven = const dense<i64[1]: -7>
  %big = const dense<i64[1]: 9223372036854775807>
  %minus = const dense<i64[1]: -1>
  %a = add(x=%x, y=%y)
  %b = sub(x=%y, y=%x)
  %c = mul(x=%b, y=%five)
  %d = floor_div(x=%c, y=%five)
  %e = mod(x=%b, y=%five)
  %f = real_div(x=%c, y=%five)
  %g = remainder_trunc(x=%b, y=%five)
  %h = maximum(x=%a, y=%b)
  %i = minimum(x=%a, y=%b)
  %j = sub(x=%u, y=%v)
  %k = mod(x=%j, y=%seven)
  %l = floor_div(x=%j, y=%seven)
  %m = add(x=%v, y=%big)
  %n = real_div(x=%m, y=%minus)
  %o = bitwise_and(x=%x, y=%y)
  %p = bitwise_or(x=%a, y=%five)
  %q = bitwise_xor(x=%j, y=%seven)
  return %a, %b, %d, %e, %f, %g, %h, %i, %k, %l, %m, %n, %o, %p, %q
})",
     0,
     {{"B", {1, 40}}}},
    {"floats without a vector form", R"(func @main(%x: f32[A,B], %y: f32[B]) {
  %zero = const dense<f32[1]: 0>
  %q = real_div(x=%x, y=%zero)
  %n = sub(x=%q, y=%q)
  %a = floor_div(x=%x, y=%y)
  %b = remainder_trunc(x=%x, y=%y)
  %c = is_nan(x=%n)
  %d = is_inf(x=%q)
  %e = is_inf(x=%q) {detect_negative=false}
  %f = is_nan(x=%x)
  return %a, %b, %c, %d, %e, %f
})"},
    {"quantize and dequantize",
     R"(func @main(%x: f32[A,5,B], %y: f32[A,B]) {
  %s = const dense<f32[]: 0.02>
  %z = const dense<u8[]: 130>
  %sc = const dense<f32[5]: 0.01, 0.5, 0.03, 0.0001, 2>
  %zc = const dense<i8[5]: 0, 3, -100, 7, 127>
  %two = const dense<f32[]: 2>
  %none = const dense<f32[1]: 0>
  %a = quantize(input=%x, zero_point=%z, scale=%s) {output_dtype=u8}
  %b = dequantize(input=%a, zero_point=%z, scale=%s)
  %c = quantize(input=%x, zero_point=%zc, scale=%sc) {output_dtype=i8, axis=1}
  %d = dequantize(input=%c, zero_point=%zc, scale=%sc) {axis=-2}
  %t = round(x=%y)
  %e = quantize(input=%t, scale=%two) {output_dtype=i8}
  %q = real_div(x=%y, y=%none)
  %f = quantize(input=%q, zero_point=%z, scale=%s) {output_dtype=u8}
  %n = sub(x=%q, y=%q)
  %g = quantize(input=%n, zero_point=%z, scale=%s) {output_dtype=u8}
  return %a, %b, %c, %d, %e, %f, %g
})",
     0,
     {{"B", {1, 40}}}},
    {"rows",
     R"(func @main(%x: f32[A,B,C], %g: f32[C], %h: f32[B,C]) {
  %a = log_softmax(x=%x)
  %b = rms_norm(x=%x, gamma=%g)
  %c = rms_norm(x=%x, gamma=%h) {axes=[1,2], epsilon=0.1}
  return %a, %b, %c
})",
     0,
     {{"C", {1, 70}}}},
};

const std::vector<AgreementCase> kAttention = {
    {"written out",
     R"(func @main(%q: f32[A,B,S,D], %k: f32[A,B,T,D], %j: f32[A,1,D,T], %v: f32[B,T,E], %m: f32[A,1,1,T], %n: f32[S,T]) {
  %c = const dense<f32[]: 0.3>
  %e = const dense<f32[1]: 2.5>
  %s1 = matmul(x=%q, y=%k) {transpose_y=true}
  %t1 = mul(x=%s1, y=%c)
  %u1 = add(x=%t1, y=%m)
  %p1 = softmax(x=%u1)
  %a = matmul(x=%p1, y=%v)
  %s2 = matmul(x=%q, y=%j)
  %t2 = real_div(x=%s2, y=%e)
  %t3 = mul(x=%c, y=%t2)
  %u2 = add(x=%n, y=%t3)
  %p2 = softmax(x=%u2) {axis=3}
  %b = matmul(x=%p2, y=%v)
  %s3 = matmul(x=%q, y=%j)
  %p3 = softmax(x=%s3)
  %d = matmul(x=%p3, y=%v)
  return %a, %b, %d
})",
     0,
     {{"S", {1, 80}}, {"T", {2, 80}}}},
    {"almost",
     R"(func @main(%q: f32[A,S,D], %k: f32[A,T,D], %v: f32[A,T,E], %m: f32[A,2,1,1], %w: f32[S,S]) {
  %s1 = matmul(x=%q, y=%k) {transpose_y=true}
  %u1 = add(x=%s1, y=%m)
  %p1 = softmax(x=%u1)
  %a = matmul(x=%p1, y=%v)
  %s2 = matmul(x=%q, y=%k) {transpose_y=true}
  %p2 = softmax(x=%s2) {axis=1}
  %b = matmul(x=%p2, y=%v)
  %s3 = matmul(x=%q, y=%k) {transpose_y=true}
  %p3 = softmax(x=%s3)
  %c = matmul(x=%w, y=%p3)
  %s4 = matmul(x=%q, y=%k) {transpose_y=true}
  %p4 = softmax(x=%s4)
  %l = relu(x=%v)
  %d = matmul(x=%p4, y=%l)
  %s5 = matmul(x=%q, y=%k) {transpose_y=true}
  %p5 = softmax(x=%s5)
  %e = matmul(x=%p5, y=%v)
  return %a, %b, %c, %d, %e, %p5
})",
     0,
     {{"A", {1, 1}}, {"S", {1, 20}}, {"T", {2, 20}}}},
};

}  // namespace

TEST_CASE("attention written out agrees with the rooms") { check_agreement(kAttention); }
TEST_CASE("data movement agrees with the rooms") { check_agreement(kMovement); }
TEST_CASE("integers and rows agree with the rooms") { check_agreement(kNumbers); }

TEST_CASE("an integer division by zero is an error of the data") {
  const auto m = parsed_function(R"(func @main(%x: i32[3], %y: i32[3]) {
  %a = floor_div(x=%x, y=%y)
  return %a
})");
  const auto plan = *corecast::executor::compile(m);
  using corecast::ir::Tensor;
  const auto got = plan->run(
      {{"x", Tensor::of<std::int32_t>({1, 2, 3})}, {"y", Tensor::of<std::int32_t>({1, 0, 2})}});
  REQUIRE(!got.has_value());
  CHECK(got.error().code == corecast::Code::E2101);
}

TEST_CASE("an index outside its dimension is an error of the data") {
  using corecast::ir::DType;
  using corecast::ir::Tensor;
  for (const bool wraps : {false, true}) {
    for (const std::string op : {"gather(x=%x", "gather_nd(x=%x", "scatter_nd(data=%x"}) {
      const bool writes = op[0] == 's';
      const auto m = parsed_function(
          "func @main(%x: f32[3,2], %i: i32[2,2], %u: f32[2]) {\n  %y = " + op + ", indices=%i" +
          (writes ? ", updates=%u) {mode=\"update\", wraps=" : ") {wraps=") +
          (wraps ? "true" : "false") + "}\n  return %y\n}");
      const auto plan = *corecast::executor::compile(m);
      for (const std::int32_t bad : {3, wraps ? -4 : -1, INT32_MAX, INT32_MIN}) {
        INFO(op << " " << bad);
        const auto got = plan->run({{"x", Tensor::zeros(DType::f32, {3, 2})},
                                    {"u", Tensor::zeros(DType::f32, {2})},
                                    {"i", Tensor::of<std::int32_t>({0, 1, bad, 1}, {2, 2})}});
        REQUIRE(!got.has_value());
        CHECK(got.error().code == corecast::Code::E2101);
      }
    }
  }
}
