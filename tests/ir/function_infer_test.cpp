#include "ir/function_infer.h"

#include "ir/function.h"
#include "tests/support/catch.h"

using namespace corecast;
using ir::DType;
using ir::Tensor;

TEST_CASE("small integers: what is no shape is data") {
  const auto count = [](DType dtype, std::vector<std::int64_t> dims) -> std::int64_t {
    const auto known = ir::small_integers(Tensor::zeros(dtype, std::move(dims)));
    return known ? std::ssize(*known) : -1;
  };
  CHECK(count(DType::i32, {}) == 1);
  CHECK(count(DType::i32, {0}) == 0);
  CHECK(count(DType::i64, {8, 8}) == 64);
  CHECK(count(DType::boolean, {3}) == 3);
  CHECK(count(DType::i32, {65}) == -1);
  CHECK(count(DType::i32, {1, 1, 1}) == -1);
  CHECK(count(DType::f32, {2}) == -1);
}

TEST_CASE("inference of a function: constants are known, the rest is as declared") {
  ir::Function f("main");
  const auto x = f.add_arg(f.entry(), {DType::f32, {ir::Dim::symbol("N"), ir::Dim(2)}}, "x");
  const auto c = f.add_constant(Tensor::of(std::vector<std::int32_t>{3, -1}));
  const ir::FunctionInfer infer(f, ir::OpId(7));
  CHECK(infer.type(x).rank() == 2);
  CHECK(infer.constant(x) == nullptr);
  CHECK_FALSE(infer.known(x).has_value());
  CHECK_FALSE(infer.known({}).has_value());
  CHECK(infer.known(c) == ir::Dims{ir::Dim(3), ir::Dim(-1)});
  CHECK(infer.block_args(f.entry()).size() == 1);
  CHECK(ir::FunctionInfer(f, ir::OpId(7)).fresh(0) == ir::Dim::symbol("d7"));
  CHECK(ir::FunctionInfer(f, ir::OpId(7)).fresh(2) == ir::Dim::symbol("d7_2"));
}
