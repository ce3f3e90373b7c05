// The modes that round: fast kernels against the rooms run by the same executor, so that both round
// at the same places.
#include <cmath>

#include "ir/float16.h"
#include "tests/executor/agreement.h"

using namespace corecast;
using namespace corecast::test;
using executor::NamedTensors;
using executor::Options;
using executor::Precision;
using ir::DType;
using ir::Tensor;

namespace {

const char* const kImages = R"(func @main(%x: f32[2,20,9,8]) {
  %w = const seq<f32[40,20,3,3]: -0.2, 0.00006>
  %d = const seq<f32[40,1,3,3]: -0.3, 0.002>
  %v = const seq<f32[24,40,1,1]: 0.1, -0.0002>
  %b = const seq<f32[40]: -1, 0.05>
  %a = conv(x=%x, weight=%w, bias=%b) {pad_type="same"}
  %r = relu6(x=%a)
  %c = conv(x=%r, weight=%d) {groups=40, pad_type="same"}
  %e = silu(x=%c)
  %f = add(x=%e, y=%r)
  %g = conv(x=%f, weight=%v)
  %h = max_pool(x=%g) {kernel_sizes=[2,2], strides=[2,2], pad_type="valid"}
  %m = reduce_mean(x=%h) {axes=[2,3]}
  return %f, %g, %m
})";

const char* const kText = R"(func @main(%i: i32[2,5], %x: f32[2,5,24]) {
  %t = const seq<f32[4,24]: -1, 0.02>
  %w = const seq<f32[24,24]: -0.3, 0.001>
  %b = const seq<f32[24]: -1, 0.05>
  %e = gather(x=%t, indices=%i) {axis=0}
  %a = add(x=%e, y=%x)
  %n = layer_norm(x=%a) {axes=[-1]}
  %l = linear(x=%n, weight=%w, bias=%b)
  %g = gelu(x=%l)
  %r = add(x=%g, y=%a)
  %s = matmul(x=%r, y=%n) {transpose_y=true}
  %p = softmax(x=%s)
  %o = matmul(x=%p, y=%r)
  return %r, %p, %o
})";

NamedTensors inputs(const ir::Function& f, Random& random) {
  NamedTensors in;
  for (std::size_t i = 0; i < f.inputs.size(); ++i) {
    const ir::Type& type = f.type(f.block(f.entry()).args[i]);
    Tensor t = Tensor::empty(type.dtype, ir::static_dims(type.shape));
    for (std::int64_t k = 0; k < t.count(); ++k) {
      if (ir::is_floating(type.dtype))
        t.set(k, static_cast<double>(random.floats(1)[0]));
      else
        t.set_int(k, random.in(0, 3));
    }
    in[f.inputs[i].name] = std::move(t);
  }
  return in;
}

NamedTensors run(const ir::Module& m, const NamedTensors& in, const Options& options) {
  auto plan = executor::compile(m, {}, options);
  REQUIRE(plan.has_value());
  auto out = (*plan)->run(in);
  if (!out) FAIL(out.error().to_string());
  return *out;
}

void check(const char* text, Random& random) {
  const ir::Module m = parsed_function(text);
  const NamedTensors in = inputs(m.functions[0], random);
  const auto want = run(m, in, {.precision = Precision::fp16, .reference_only = true});
  const auto got = run(m, in, {.precision = Precision::fp16, .pool = shared_pool(2)});
  const auto exact = run(m, in, {.precision = Precision::fp32, .pool = shared_pool(2)});
  double moved = 0;
  for (const auto& [name, tensor] : want) {
    CAPTURE(name);
    const auto values = got.at(name).to_doubles();
    // Sums in another order fall on another side of a rounding now and then: a few steps of fp16.
    CHECK(worst_error(values, tensor.to_doubles(), tensor.count()) < 4e-3);
    bool halves = true;
    for (const double v : values)
      halves = halves && static_cast<double>(ir::to_float(ir::to_half(static_cast<float>(v)))) == v;
    CHECK(halves);
    moved += worst_error(values, exact.at(name).to_doubles(), tensor.count());
  }
  CHECK(moved > 0);  // else nothing was rounded
}

}  // namespace

TEST_CASE("fp16 mode rounds where the rooms do") {
  const unsigned seed = fresh_seed();
  CAPTURE(seed);
  for_each_isa([&] {
    Random random(seed);
    check(kImages, random);
    check(kText, random);
  });
}
