#include "validator/sizes.h"

#include "tests/support/open_sizes.h"

namespace corecast::validator {
namespace {

using test::parsed_with_open_sizes;

ir::SymbolValues usual(const std::string& text, int variant = 0) {
  const ir::Module m = parsed_with_open_sizes(text);
  const Sizes sizes(m.main());
  const ir::SymbolValues values = sizes.usual(variant);
  CHECK(sizes.broken(values) == 0);
  return values;
}

}  // namespace

TEST_CASE("usual sizes make the ops fit together") {
  CHECK(usual("func @main(%x: f32[N,F]) {\n %w = const splat<f32[40,8]: 1.0>\n"
              " %y = matmul(x=%x, y=%w)\n return %y\n}") == ir::SymbolValues{{"F", 40}, {"N", 1}});
  // Equal sizes under two names.
  const auto sum =
      usual("func @main(%a: f32[N,T,8], %b: f32[M,S,8]) {\n %y = add(x=%a, y=%b)\n return %y\n}");
  CHECK(sum.at("T") == sum.at("S"));
  CHECK(sum.at("N") == sum.at("M"));
  // 42 divides what is reshaped.
  const auto reshaped = usual(
      "func @main(%x: f32[N,T]) {\n %s = const dense<i32[4]: 2, 3, -1, 7>\n"
      " %y = reshape(x=%x, shape=%s)\n return %y\n}");
  CHECK(reshaped.at("N") * reshaped.at("T") % 42 == 0);
  // A window of 400 in steps of 160, and one of 9 on what it gives.
  const auto windows = usual(
      "func @main(%x: f32[N,4,T]) {\n %k = const splat<f32[4,4,400]: 1.0>\n"
      " %l = const splat<f32[4,4,9]: 1.0>\n %a = conv(x=%x, weight=%k) {strides=[160]}\n"
      " %y = conv(x=%a, weight=%l)\n return %y\n}");
  CHECK(windows.at("T") >= 400 + 8 * 160);
  // Reflection of 100 places needs 101.
  CHECK(usual("func @main(%x: f32[N,T]) {\n %p = const dense<i32[2]: 100, 100>\n"
              " %y = pad(x=%x, pad=%p) {mode=\"reflect\"}\n return %y\n}")
            .at("T") > 100);
}

TEST_CASE("a batch is not simply the first axis") {
  const std::string lstm =
      "func @main(%x: f32[A,B,12], %h: f32[B,16]) {\n"
      " %i = const splat<f32[64,12]: 1.0>\n %r = const splat<f32[64,16]: 1.0>\n"
      " %y, %yh, %yc = lstm(x=%x, initial_h=%h, initial_c=%h, weight_ih=%i, weight_hh=%r)\n"
      " return %y\n}";
  CHECK(usual(lstm).at("A") == 64);
  CHECK(usual(lstm).at("B") == 1);
  CHECK(usual(lstm, 1).at("B") == 2);
}

TEST_CASE("ranges hold; their ends are corners, and so is what is listed") {
  const ir::Module m = parsed_with_open_sizes(
      "func @main(%x: f32[N,T]) with N=2..3, T=1..20 {\n %y = relu(x=%x)\n return %y\n}");
  const Sizes sizes(m.main());
  CHECK(sizes.usual(0) == ir::SymbolValues{{"N", 2}, {"T", 20}});
  std::vector<std::string> whys;
  for (const SizeChoice& corner : sizes.corners()) whys.push_back(corner.why);
  CHECK(whys == std::vector<std::string>{"N=2, the least", "N=3, the most", "T=1, the least",
                                         "T=20, the most"});
  ir::Module listed = parsed_with_open_sizes(
      "func @main(%x: f32[N,2]) with N=1..8 {\n %y = relu(x=%x)\n return %y\n}");
  listed.main().inputs[0].enumerated = {{4, 2}, {1, 2}, {8, 2}};
  const Sizes some(listed.main());
  CHECK(some.usual(0).at("N") == 4);
  REQUIRE(some.corners().size() == 3);
  CHECK(some.corners()[2].values.at("N") == 8);
}

}  // namespace corecast::validator
