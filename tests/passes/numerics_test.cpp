// Range analysis: what is known beyond the bounds that rooms state, through blocks as well.
#include "passes/numerics/hazards.h"
#include "passes/numerics/ranges.h"
#include "tests/support/catch.h"
#include "tests/support/parsed.h"

namespace corecast::passes::numerics {
namespace {

using ir::Function;
using ir::Interval;

Function main_of(const std::string& text) { return test::parsed(text).main(); }

/// What is known of the function's first result, its inputs being within these.
Known known_of(const std::string& text, std::vector<Interval> inputs) {
  const Function f = main_of(text);
  const Assumptions assumptions{.inputs = std::move(inputs)};
  const Ranges ranges(f, assumptions);
  return ranges.of(f.block(f.entry()).results[0]);
}
std::string unary(const std::string& body) {
  return "func @main(%x: f32[2,3]) {\n" + body + "\n  return %y\n}";
}

TEST_CASE("ranges: relations between operands") {
  const std::string less_max = R"(
  %m = reduce_max(x=%x) {axes=[1], keep_dims=true}
  %y = sub(x=%x, y=%m))";
  CHECK(known_of(unary(less_max), {{-3, 5}}).range == Interval{-8, 0});
  CHECK(known_of(unary("  %y = mul(x=%x, y=%x)"), {{-3, 2}}).range == Interval{0, 9});
  CHECK(known_of(unary("  %f = floor(x=%x)\n  %y = sub(x=%x, y=%f)"), {{-3, 500}}).range ==
        Interval{0, 1});
  CHECK(known_of(unary("  %y = sub(x=%x, y=%x)"), {{-3, 5}}).range == Interval{0, 0});
  const std::string share = R"(
  %a = abs(x=%x)
  %s = reduce_sum(x=%a) {axes=[1], keep_dims=true}
  %y = real_div(x=%a, y=%s))";
  CHECK(known_of(unary(share), {{-3, 5}}).range == Interval{0, 1});
}

TEST_CASE("ranges: operands that depend on one another make them loose") {
  CHECK(known_of(unary("  %y = exp(x=%x)"), {{0, 1}}).loose == 0);
  CHECK(known_of(unary("  %e = exp(x=%x)\n  %y = add(x=%x, y=%e)"), {{0, 1}}).loose == 1);
}

TEST_CASE("ranges: whole numbers stay so until something divides them") {
  const std::string text = "func @main(%x: i32[3]) {\n  %f = cast(x=%x) {dtype=f32}\n";
  CHECK(known_of(text + "  %y = add(x=%f, y=%f)\n  return %y\n}", {{0, 9}}).whole);
  CHECK_FALSE(known_of(text + "  %y = sqrt(x=%f)\n  return %y\n}", {{0, 9}}).whole);
}

std::string loop(const std::string& turn) {
  return R"(
func @main(%go: bool[], %x: f32[3]) {
  %y = while_loop(loop_vars=(%x)) {
    cond(%c: f32[3]) {
      yield %go
    }
    body(%b: f32[3]) {
)" + turn +
         R"(
      yield %n
    }
  }
  return %y
})";
}

TEST_CASE("ranges: a loop is walked until nothing changes") {
  const Known settled = known_of(loop("      %n = tanh(x=%b)"), {{0, 1}, {-5, 5}});
  CHECK(settled.range == Interval{-5, 5});
  const Known halved = known_of(loop("      %n = relu(x=%b)"), {{0, 1}, {-5, 5}});
  CHECK(halved.range == Interval{-5, 5});
}

TEST_CASE("ranges: what keeps growing in a loop is widened to everything, the other end stays") {
  const Known grown =
      known_of(loop("      %e = exp(x=%b)\n      %n = add(x=%b, y=%e)"), {{0, 1}, {1, 2}});
  CHECK(grown.range.hi > 1e30);
  CHECK(grown.range.lo == 1);
  CHECK(grown.loose >= 2);
}

TEST_CASE("ranges: both branches count") {
  const Known either = known_of(R"(
func @main(%p: bool[], %x: f32[3]) {
  %y = cond(pred=%p) {
    true_branch() {
      %a = exp(x=%x)
      yield %a
    }
    false_branch() {
      %b = sub(x=%x, y=%x)
      yield %b
    }
  }
  return %y
})",
                                {{0, 1}, {0, 1}});
  CHECK(either.range.lo == 0);
  CHECK(either.range.hi > 2.7);
  CHECK(either.range.hi < 2.8);
}

TEST_CASE("ranges: numbers that stand for nothing are left out") {
  const Known masked = known_of(R"(
func @main(%p: bool[3], %x: f32[3]) {
  %far = const dense<f32[]: -1e9>
  %y = select(cond=%p, a=%x, b=%far)
  return %y
})",
                                {{0, 1}, {-2, 2}});
  CHECK(masked.range == Interval{-2, 2});
  CHECK(masked.sentinels);
}

TEST_CASE("ranges: what runs have shown counts where bounds are loose") {
  const Function f =
      main_of(unary("  %a = exp(x=%x)\n  %b = mul(x=%a, y=%x)\n"
                    "  %y = mul(x=%b, y=%a)"));
  Assumptions assumptions{.inputs = {{0, 4}}};
  assumptions.measured = [](ir::ValueId, bool) { return std::optional(Interval{0, 7}); };
  const Ranges ranges(f, assumptions);
  const Known y = ranges.of(f.block(f.entry()).results[0]);
  CHECK(y.measured);
  CHECK(y.range == Interval{0, 7});
}

TEST_CASE("hazards: an op is reported once, where the trouble begins") {
  const Function f =
      main_of(unary("  %a = exp(x=%x)\n  %b = mul(x=%a, y=%a)\n"
                    "  %y = exp(x=%b)"));
  const Assumptions assumptions{.inputs = {{-20, 20}}};
  const Ranges ranges(f, assumptions);
  const auto found = find_hazards(ranges, {.fp16 = true, .given = 1});
  REQUIRE(found.size() >= 1);
  CHECK(found[0].kind == Kind::exponential);
  CHECK(found[0].fp16_only);
  CHECK(find_hazards(ranges, {.fp16 = false, .given = 1}).front().kind == Kind::exponential);
}

}  // namespace
}  // namespace corecast::passes::numerics
