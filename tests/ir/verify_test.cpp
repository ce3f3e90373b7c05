#include "ir/verify.h"

#include "ir/parse.h"
#include "tests/ir/tiny_ops.h"
#include "tests/support/catch.h"

using namespace corecast;
using namespace corecast::ir;

namespace {

Function sample() {
  auto f = parse_function(
      "func @f(%p: bool[], %x: f32[2]) { %y = add(%x, %x) %c = choose(%p) { yes() { %z = add(%y, "
      "%x) yield %z } "
      "no() { yield %x } } %w = add(%c, %y) return %w }",
      tiny::registry());
  REQUIRE(f);
  return *f;
}

OpId nth(const Function& f, int n) {
  for (const OpId o : f.ops(f.entry())) {
    if (n-- == 0) return o;
  }
  return {};
}

std::string problem(const Function& f) {
  const Status s = verify(f);
  return s ? "" : s.error().message;
}

}  // namespace

TEST_CASE("verify: accepts a sound function, and its copies") {
  const Function f = sample();
  CHECK(problem(f).empty());
  CHECK(problem(f.compacted()).empty());
}

TEST_CASE("verify: an operand defined after its use") {
  Function f = sample();
  f.move(nth(f, 0), {f.entry(), OpId()});
  CHECK(problem(f).find("not defined before its use") != std::string::npos);
}

TEST_CASE("verify: a value of a nested block used outside") {
  Function f = sample();
  const BlockId yes = f.op(nth(f, 1)).blocks[0];
  f.set_block_result(f.entry(), 0, f.block(yes).results[0]);
  CHECK(problem(f).find("is not defined in it") != std::string::npos);
}

TEST_CASE("verify: a stored type that inference contradicts") {
  Function f = sample();
  const ValueId y = f.op(nth(f, 0)).results[0];
  f.set_type(y, Type(DType::f32, make_shape({3})));
  CHECK(problem(f).find("inference gives f32[2]") != std::string::npos);
  f.set_type(y, Type(DType::f16, make_shape({2})));
  CHECK(!problem(f).empty());
}

TEST_CASE("verify: a missing operand and an attribute of another kind") {
  Function f = sample();
  f.set_operand(nth(f, 2), 1, ValueId());
  CHECK(problem(f).find("operand 'y' is missing") != std::string::npos);
  auto g =
      parse_function("func @f(%x: f32[2]) { %y = everything(%x) return %y }", tiny::registry());
  REQUIRE(g);
  g->set_attr(nth(*g, 0), 0, std::int64_t{1});
  CHECK(problem(*g).find("attribute 'flag'") != std::string::npos);
}

TEST_CASE("verify: features match inputs and outputs") {
  Function f = sample();
  f.outputs.clear();
  CHECK(problem(f).find("1 outputs, but 0 features") != std::string::npos);
  f = sample();
  f.inputs[1].name = "p";
  CHECK(problem(f).find("two inputs named 'p'") != std::string::npos);
}
