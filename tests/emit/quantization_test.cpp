#include "converter/emit/quantization.h"

#include "tests/emit/drafted.h"

namespace corecast::emit {
namespace {

std::string ops_of(const Drafted& d) {
  const ir::Function& f = const_cast<Drafted&>(d).draft.function();
  std::string names;
  for (const ir::OpId op : f.ops(f.entry())) names += cat(f.op(op).schema->name, " ");
  return names;
}

}  // namespace

TEST_CASE("quantized constants stay as they are stored") {
  Drafted d;
  const ValueId w = d.e.constant(Tensor::zeros(DType::i8, {2, 3}));
  const ValueId scale = d.e.constant(floats({2}, {1, 2}));
  const Scheme s = scheme(d.e, w, scale, {}, -2);
  CHECK(s.axis == 0);
  CHECK(ir::to_string(d.e.type(dequantized(d.e, w, s))) == "f32[2,3]");
  CHECK(ops_of(d) == "constexpr_affine_dequantize ");
}

TEST_CASE("values go through quantize and dequantize, and back") {
  Drafted d;
  const ValueId x = d.input("x", DType::f32, {2});
  const ValueId scale = d.e.constant(floats({1}, {0.5f}));
  const ValueId zero = d.e.constant(Tensor::splat(DType::u8, {1}, 3));
  const Scheme s = scheme(d.e, x, scale, zero, 0);
  CHECK(d.e.rank(s.scale) == 0);  // of one element: a scalar
  d.finish({dequantized(d.e, quantized(d.e, x, s, DType::u8), s)});
  CHECK(ops_of(d) == "quantize dequantize ");
  const Tensor y = d.run({{"x", floats({2}, {1.2f, -9})}});
  CHECK(y.at(0) == 1.0);   // round(2.4) / 2
  CHECK(y.at(1) == -1.5);  // 0 is the least
}

TEST_CASE("types that Core ML has no op for become arithmetic") {
  Drafted d;
  const ValueId x = d.input("x", DType::f32, {2});
  const ValueId scale = d.e.scalar(DType::f32, 0.5);
  const Scheme s = scheme(d.e, x, scale, d.e.scalar(DType::i16, 1), 0);
  d.finish({dequantized(d.e, quantized(d.e, x, s, DType::i16), s)});
  const Tensor y = d.run({{"x", floats({2}, {1.2f, 1e6f})}});
  CHECK(y.at(0) == 1.0);
  CHECK(y.at(1) == (32767 - 1) * 0.5);
}

TEST_CASE("less a zero point") {
  Drafted d;
  const ValueId x = d.input("x", DType::u8, {2, 2});
  const ValueId zero = d.e.constant(Tensor::of(std::vector<std::int32_t>{1, 200}).cast(DType::u8));
  d.finish({centered(d.e, x, zero, 1, DType::i32)});
  const Tensor all = Tensor::of(std::vector<std::int32_t>{5, 5, 0, 255}, {2, 2}).cast(DType::u8);
  CHECK(d.run({{"x", all}}).to_ints() == std::vector<std::int64_t>{4, -195, -1, 55});
}

TEST_CASE("schemes that do not fit") {
  const auto code = [](const Tensor& scale, const Tensor& zero, std::int64_t axis) {
    Drafted d;
    const ValueId x = d.input("x", DType::u8, {2, 3});
    const Scheme s = scheme(d.e, x, d.e.constant(scale), d.e.constant(zero), axis);
    dequantized(d.e, x, s);
    return d.code();
  };
  const auto zeros = [](std::vector<std::int64_t> dims) { return Tensor::zeros(DType::u8, dims); };
  CHECK(code(floats({2}, {1, 1}), zeros({3}), 0) == "E2005");
  CHECK(code(floats({}, {1}), zeros({2}), 0) == "E2005");
  CHECK(code(floats({2}, {1, 1}), zeros({2}), 2) == "E2005");
  CHECK(code(floats({2, 1}, {1, 1}), zeros({2, 1}), 0) == "E3001");  // blocks of a computed value
}

}  // namespace corecast::emit
