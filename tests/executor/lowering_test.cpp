// Every maker against the rooms' reference evaluation: functions as IR text, random inputs.
#include "tests/executor/agreement.h"

using namespace corecast;
using namespace corecast::test;

namespace {

const std::vector<AgreementCase> kCases = {
    {"unary chain", R"(func @main(%x: f32[3,17]) {
  %a = sigmoid(x=%x)
  %b = exp(x=%a)
  %c = gelu(x=%b)
  %d = rsqrt(x=%b) {epsilon=0.5}
  %e = clip(x=%x) {alpha=-0.5,beta=0.25}
  %f = hard_swish(x=%x)
  %g = leaky_relu(x=%x) {alpha=0.3}
  %h = elu(x=%x) {alpha=0.7}
  %i = sigmoid_hard(x=%x) {alpha=0.3,beta=0.4}
  return %c, %d, %e, %f, %g, %h, %i
})"},
    {"binary broadcasting", R"(func @main(%x: f32[2,3,4], %y: f32[3,1], %z: f32[1]) {
  %a = add(x=%x, y=%y)
  %b = mul(x=%y, y=%a)
  %c = sub(x=%b, y=%z)
  %d = real_div(x=%c, y=%x)
  %e = maximum(x=%x, y=%y)
  %f = minimum(x=%e, y=%z)
  return %d, %f
})"},
    {"compare and select", R"(func @main(%x: f32[2,5], %y: f32[5]) {
  %a = greater(x=%x, y=%y)
  %b = less_equal(x=%x, y=%y)
  %n = logical_not(x=%b)
  %c = logical_and(x=%a, y=%n)
  %d = select(cond=%c, a=%x, b=%y)
  %e = cast(x=%c) {dtype=f32}
  %f = cast(x=%x) {dtype=i32}
  return %d, %e, %f
})"},
    {"conv, add, relu", R"(func @main(%x: f32[2,3,19,21]) {
  %w1 = const seq<f32[20,3,3,3]: -1, 0.004>
  %w2 = const seq<f32[40,20,3,3]: -1, 0.0003>
  %w3 = const seq<f32[40,20,1,1]: 1, -0.002>
  %b1 = const seq<f32[20]: -1, 0.1>
  %b2 = const seq<f32[40]: -1, 0.05>
  %a = conv(x=%x, weight=%w1, bias=%b1) {strides=[2,2], pad_type="custom", pad=[1,1,1,1]}
  %r = relu(x=%a)
  %c = conv(x=%r, weight=%w2, bias=%b2) {pad_type="same"}
  %d = conv(x=%r, weight=%w3)
  %e = add(x=%c, y=%d)
  %f = relu6(x=%e)
  %g = silu(x=%f)
  return %f, %g
})"},
    {"conv kinds",
     R"(func @main(%x: f32[2,32,9,8], %y: f32[1,6,7,7], %z: f32[1,5,13], %v: f32[1,2,4,5,6]) {
  %wd = const seq<f32[32,1,3,3]: -1, 0.01>
  %wg = const seq<f32[64,16,3,3]: -1, 0.0002>
  %wo = const seq<f32[9,2,3,2]: -1, 0.02>
  %w1 = const seq<f32[7,5,3]: -1, 0.02>
  %w3 = const seq<f32[4,2,2,3,2]: -1, 0.02>
  %bd = const seq<f32[32]: -1, 0.1>
  %a = conv(x=%x, weight=%wd, bias=%bd) {groups=32, strides=[2,1], pad_type="custom", pad=[1,1,1,1]}
  %ar = clip(x=%a) {alpha=-0.5, beta=2.0}
  %b = conv(x=%x, weight=%wg) {groups=2, dilations=[2,2], pad_type="same"}
  %c = conv(x=%y, weight=%wo) {groups=3, pad_type="same_lower"}
  %cr = leaky_relu(x=%c) {alpha=0.1}
  %d = conv(x=%z, weight=%w1) {pad_type="custom", pad=[2,0]}
  %e = conv(x=%v, weight=%w3) {pad_type="same"}
  return %ar, %b, %cr, %d, %e
})"},
    {"columns of pixels", R"(func @main(%x: f32[2,32,41,1], %z: f32[1,3,30,1]) {
  %w = const seq<f32[40,32,5,1]: -0.1, 0.00003>
  %v = const seq<f32[24,40,3,1]: -0.1, 0.00007>
  %d = const seq<f32[24,1,3,1]: -0.5, 0.01>
  %n = const seq<f32[9,3,4,1]: -1, 0.02>
  %a = conv(x=%x, weight=%w)
  %b = conv(x=%a, weight=%v) {strides=[2,3], pad_type="custom", pad=[1,1,0,0]}
  %c = conv(x=%b, weight=%d) {groups=24, dilations=[2,1]}
  %e = max_pool(x=%c) {kernel_sizes=[3,1], strides=[2,1], pad_type="valid"}
  %f = conv(x=%z, weight=%n) {strides=[3,1]}
  return %a, %e, %f
})"},
    {"conv with computed weights", R"(func @main(%x: f32[1,4,7,7], %w: f32[6,4,3,3], %b: f32[6]) {
  %a = conv(x=%x, weight=%w, bias=%b) {pad_type="same"}
  %c = relu(x=%a)
  return %c
})"},
    {"the residual is also the input", R"(func @main(%x: f32[1,16,6,6]) {
  %w = const seq<f32[16,16,1,1]: -1, 0.01>
  %r = max_pool(x=%x) {kernel_sizes=[1,1], pad_type="valid"}
  %a = conv(x=%r, weight=%w)
  %b = add(x=%a, y=%r)
  return %b
})"},
    {"conv_transpose", R"(func @main(%x: f32[2,6,5,4], %z: f32[1,3,7]) {
  %w = const seq<f32[6,4,3,3]: -1, 0.01>
  %w1 = const seq<f32[3,2,4]: -1, 0.1>
  %b = const seq<f32[4]: -1, 0.5>
  %b8 = const seq<f32[8]: -1, 0.5>
  %a = conv_transpose(x=%x, weight=%w, bias=%b) {strides=[2,2], pad_type="custom", pad=[1,1,0,1]}
  %c = conv_transpose(x=%x, weight=%w, bias=%b8) {groups=2, strides=[2,3], pad_type="same"}
  %d = conv_transpose(x=%z, weight=%w1) {strides=[2], dilations=[2]}
  return %a, %c, %d
})"},
    {"linear and matmul with constants",
     R"(func @main(%x: f32[2,5,24], %r: f32[2,5,40], %u: f32[24,3]) {
  %w = const seq<f32[40,24]: -1, 0.002>
  %m = const seq<f32[24,40]: -1, 0.002>
  %b = const seq<f32[40]: -1, 0.05>
  %a = linear(x=%x, weight=%w, bias=%b)
  %g = gelu(x=%a)
  %c = matmul(x=%x, y=%m)
  %d = add(x=%r, y=%c)
  %e = matmul(x=%x, y=%w) {transpose_y=true}
  %h = matmul(x=%u, y=%m) {transpose_x=true}
  return %g, %d, %e, %h
})"},
    {"slices", R"(func @main(%x: f32[5,6,7]) {
  %z = const dense<i32[3]: 0, 0, 0>
  %b = const dense<i32[3]: 1, -5, 6>
  %e = const dense<i32[3]: 4, 100, 0>
  %s = const dense<i32[3]: 1, 2, -2>
  %t = const dense<i32[3]: 2, 3, -1>
  %a = slice_by_index(x=%x, begin=%b, end=%e, stride=%s)
  %c = slice_by_index(x=%x, begin=%b, end=%e) {begin_mask=[true,false,true], end_mask=[false,true,true], squeeze_mask=[false,true,false]}
  %d = slice_by_size(x=%x, begin=%z, size=%t)
  return %a, %c, %d
})"},
    {"pad, tile, broadcast", R"(func @main(%x: f32[2,3,4], %y: f32[3,1]) {
  %p = const dense<i32[4]: 1, 0, 2, 3>
  %r = const dense<i32[3]: 2, 1, 3>
  %s = const dense<i32[3]: 4, 3, 5>
  %a = pad(x=%x, pad=%p) {mode="constant", constant_val=1.5}
  %b = tile(x=%x, reps=%r)
  %c = broadcast_to(x=%y, shape=%s)
  return %a, %b, %c
})"},
    {"batch_norm, prelu", R"(func @main(%x: f32[2,3,4,5], %al: f32[3]) {
  %m = const dense<f32[3]: 0.1, -0.2, 0.3>
  %v = const dense<f32[3]: 1, 2, 0.5>
  %g = const dense<f32[3]: 1, -1, 0.5>
  %a = batch_norm(x=%x, mean=%m, variance=%v, gamma=%g)
  %b = prelu(x=%x, alpha=%al)
  return %a, %b
})"},
    {"resizing", R"(func @main(%x: f32[2,3,4,5]) {
  %s = const dense<i32[2]: 9, 0>
  %a = resize_bilinear(x=%x) {target_size_height=7, target_size_width=9, sampling_mode="UNALIGN_CORNERS"}
  %b = resize_nearest_neighbor(x=%x) {target_size_height=8, target_size_width=3}
  %c = upsample_nearest_neighbor(x=%x) {scale_factor_height=2.0, scale_factor_width=3.0}
  %d = upsample_bilinear(x=%x) {scale_factor_height=1.5, scale_factor_width=2.0, align_corners=true}
  %e = resize(x=%x, shape=%s) {resized_dims=2, interpolation_mode="LINEAR"}
  return %a, %b, %c, %d, %e
})"},
    {"attention",
     R"(func @main(%q: f32[2,3,70,8], %k: f32[2,3,6,8], %v: f32[2,3,6,5], %m: f32[2,1,1,6], %n: bool[70,6]) {
  %a = scaled_dot_product_attention(query=%q, key=%k, value=%v)
  %b = scaled_dot_product_attention(query=%q, key=%k, value=%v, attn_mask=%m)
  %c = scaled_dot_product_attention(query=%q, key=%k, value=%v, attn_mask=%n)
  %d = scaled_dot_product_attention(query=%q, key=%k, value=%v) {is_causal=true, scale=0.3}
  return %a, %b, %c, %d
})"},
    {"shape arithmetic folds", R"(func @main(%x: f32[2,3,4]) {
  %s = shape(x=%x)
  %i = const dense<i32[1]: 1>
  %a = gather(x=%s, indices=%i) {axis=0}
  %m = const dense<i32[1]: -1>
  %t = concat(values=(%a, %m)) {axis=0}
  %r = reshape(x=%x, shape=%t)
  return %r
})"},
    {"matmul", R"(func @main(%x: f32[2,1,5,7], %y: f32[3,7,4], %v: f32[7]) {
  %a = matmul(x=%x, y=%y)
  %b = matmul(x=%x, y=%x) {transpose_y=true}
  %c = matmul(x=%x, y=%v)
  %d = matmul(x=%v, y=%y)
  return %a, %b, %c, %d
})"},
    {"linear, computed weight", R"(func @main(%x: f32[2,3,7], %w: f32[5,7], %b: f32[5]) {
  %a = linear(x=%x, weight=%w, bias=%b)
  %c = relu(x=%a)
  return %c
})"},
    {"views", R"(func @main(%x: f32[2,3,4]) {
  %a = expand_dims(x=%x) {axes=[0,-1]}
  %b = squeeze(x=%a) {axes=[0]}
  %c = flatten2d(x=%b) {axis=1}
  %d = identity(x=%c)
  %e = relu(x=%d)
  return %b, %e
})"},
    {"transpose", R"(func @main(%x: f32[2,3,40,33], %y: f32[1,4,1,5]) {
  %a = transpose(x=%x) {perm=[0,2,3,1]}
  %b = transpose(x=%x) {perm=[3,2,1,0]}
  %c = transpose(x=%x) {perm=[1,0,-2,-1]}
  %d = transpose(x=%y) {perm=[1,0,2,3]}
  return %a, %b, %c, %d
})"},
    {"concat, stack, split", R"(func @main(%x: f32[2,3,4], %y: f32[2,1,4], %z: f32[2,3,4]) {
  %a = concat(values=(%x, %y, %x)) {axis=1}
  %b = stack(values=(%x, %z)) {axis=-1}
  %c, %d = split(x=%a) {split_sizes=[2,5], axis=1}
  return %b, %c, %d
})"},
    {"depth and space", R"(func @main(%x: f32[2,8,4,6]) {
  %a = depth_to_space(x=%x) {block_size=2}
  %b = space_to_depth(x=%x) {block_size=2}
  %c = pixel_shuffle(x=%x) {upscale_factor=2}
  %d = pixel_unshuffle(x=%x) {downscale_factor=2}
  return %a, %b, %c, %d
})"},
    {"reductions", R"(func @main(%x: f32[3,4,5,6]) {
  %a = reduce_mean(x=%x) {axes=[-1,-2]}
  %b = reduce_sum(x=%x) {axes=[0,2], keep_dims=true}
  %c = reduce_max(x=%x) {axes=[1]}
  %d = reduce_l2_norm(x=%x)
  %e = reduce_log_sum_exp(x=%x) {axes=[2]}
  %f = reduce_argmax(x=%x) {axis=1}
  %g = reduce_argmin(x=%x) {axis=-1, keep_dims=true}
  return %a, %b, %c, %d, %e, %f, %g
})"},
    {"softmax and norms", R"(func @main(%x: f32[3,4,5], %g: f32[5], %b: f32[5]) {
  %a = softmax(x=%x) {axis=-1}
  %c = softmax(x=%x) {axis=1}
  %d = layer_norm(x=%x, gamma=%g, beta=%b) {axes=[-1]}
  %e = layer_norm(x=%x) {axes=[1,2]}
  %f = instance_norm(x=%x)
  return %a, %c, %d, %e, %f
})"},
    {"gather", R"(func @main(%x: f32[5,4,3], %i: i32[2,3]) {
  %a = gather(x=%x, indices=%i) {axis=0}
  %b = gather(x=%x, indices=%i) {axis=1}
  return %a, %b
})"},
    {"pools", R"(func @main(%x: f32[2,20,9,11], %y: f32[1,5,12]) {
  %a = max_pool(x=%x) {kernel_sizes=[3,3], strides=[2,2], pad_type="custom", pad=[1,1,1,1]}
  %b = avg_pool(x=%x) {kernel_sizes=[3,2], strides=[2,2], pad_type="custom", pad=[1,1,0,1], exclude_padding_from_average=true}
  %c = avg_pool(x=%x) {kernel_sizes=[2,2], strides=[2,2], pad_type="same"}
  %d = avg_pool(x=%x) {kernel_sizes=[3,3], strides=[2,2], pad_type="custom", pad=[1,1,1,1], ceil_mode=true}
  %e = max_pool(x=%y) {kernel_sizes=[3], strides=[2], pad_type="valid", ceil_mode=true}
  %f = max_pool(x=%x) {kernel_sizes=[2,3], pad_type="valid", dilations=[2,3]}
  return %a, %b, %c, %d, %e, %f
})"},
    {"blocked elementwise", R"(func @main(%x: f32[2,20,6,6], %s: f32[2,20,1,1], %t: f32[20,1,1]) {
  %a = max_pool(x=%x) {kernel_sizes=[2,2], pad_type="valid"}
  %b = avg_pool(x=%x) {kernel_sizes=[2,2], pad_type="valid"}
  %c = add(x=%a, y=%b)
  %d = silu(x=%c)
  %e = mul(x=%d, y=%s)
  %f = add(x=%t, y=%e)
  %g = reduce_mean(x=%f) {axes=[2,3], keep_dims=true}
  %h = mul(x=%f, y=%g)
  %i = reduce_mean(x=%h) {axes=[2,3]}
  %j = exp(x=%h)
  %k = real_div(x=%h, y=%j)
  return %i, %k
})"},
    {"blocked concat", R"(func @main(%x: f32[2,16,6,6], %y: f32[2,32,6,6], %z: f32[2,3,6,6]) {
  %a = max_pool(x=%x) {kernel_sizes=[2,2], pad_type="valid"}
  %b = max_pool(x=%y) {kernel_sizes=[2,2], pad_type="valid"}
  %c = concat(values=(%a, %b)) {axis=1}
  %d = max_pool(x=%z) {kernel_sizes=[2,2], pad_type="valid"}
  %e = concat(values=(%c, %d)) {axis=1}
  return %c, %e
})"},
};

}  // namespace

TEST_CASE("lowering: makers agree with the rooms") { check_agreement(kCases, 2e-5, 1); }
