#include "api/detail/pass_check.h"

#include "ir/parse.h"
#include "ops/ops.h"
#include "tests/support/catch.h"

namespace corecast::api {
namespace {

/// One function @main of an input f32[4].
ir::Module module_of(const std::string& body) {
  auto m = ir::parse_module("func @main(%x: f32[4]) {\n" + body + "}\n", ops::registry());
  REQUIRE(m);
  return std::move(*m);
}

passes::Pass pass(std::string_view name, passes::Numerics numerics) {
  passes::Pass p;
  p.name = name;
  p.numerics = numerics;
  return p;
}

const char* const kTwice = "  %k = const splat<f32[]: 2>\n  %y = mul(x=%x, y=%k)\n  return %y\n";
const char* const kSum = "  %y = add(x=%x, y=%x)\n  return %y\n";
const char* const kThrice = "  %k = const splat<f32[]: 3>\n  %y = mul(x=%x, y=%k)\n  return %y\n";

}  // namespace

TEST_CASE("check-passes: a pass that keeps the numbers is silent, one that does not is named") {
  Diagnostics d;
  PassCheck check(module_of(kTwice), shared_pool(1), {}, d);
  check.after(pass("add-for-twice", passes::Numerics::exact), module_of(kSum));
  CHECK(check.count() == 1);
  CHECK_FALSE(d.has_errors());
  check.after(pass("thrice", passes::Numerics::reassociating), module_of(kThrice));
  CHECK(check.count() == 2);
  REQUIRE(d.has_errors());
  const Error& e = d.all().back().error;
  CHECK(e.code == Code::E4005);
  CHECK(e.message.find("pass thrice (reassociating) changes output") == 0);
  // What comes after is compared with what there is, not with what should have been.
  const std::size_t before = d.all().size();
  check.after(pass("again", passes::Numerics::exact), module_of(kThrice));
  CHECK(d.all().size() == before);
}

TEST_CASE("check-passes: what cannot be run is said once") {
  Diagnostics d;
  const ir::Module other =
      ir::parse_module(
          "func @main(%z: f32[4]) {\n  %y = relu(x=%z)\n  %w = relu(x=%y)\n  return %y, %w\n}\n",
          ops::registry())
          .value();
  PassCheck unmatched(other, shared_pool(1), {}, d);
  unmatched.after(pass("loses-an-output", passes::Numerics::exact), module_of(kSum));
  unmatched.after(pass("again", passes::Numerics::exact), module_of(kSum));
  REQUIRE(d.all().size() == 1);
  CHECK(d.all()[0].error.code == Code::W4005);
  CHECK(unmatched.count() == 0);
}

}  // namespace corecast::api
