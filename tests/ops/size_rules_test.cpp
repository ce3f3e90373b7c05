#include "ir/size_rules.h"

#include "tests/support/open_sizes.h"

namespace corecast::ir {
namespace {

using test::parsed_with_open_sizes;

std::string solution(const std::string& text, bool guess = false) {
  const Module m = parsed_with_open_sizes(text);
  std::string out;
  for (const auto& [name, value] : solve(size_rules(m.main()), m.main(), guess))
    out += cat(out.empty() ? "" : " ", name, "=", value.to_string());
  return out;
}

}  // namespace

TEST_CASE("sizes that weights decide are numbers, sizes that must be equal have one name") {
  CHECK(solution("func @main(%x: f32[N,F]) {\n %w = const splat<f32[40,8]: 1.0>\n"
                 " %y = matmul(x=%x, y=%w)\n return %y\n}") == "F=40");
  CHECK(solution("func @main(%x: f32[N,F]) {\n %w = const splat<f32[8,40]: 1.0>\n"
                 " %y = linear(x=%x, weight=%w)\n return %y\n}") == "F=40");
  CHECK(solution("func @main(%x: f32[N,C,H,W]) {\n %w = const splat<f32[8,3,3,3]: 1.0>\n"
                 " %y = conv(x=%x, weight=%w)\n return %y\n}") == "C=3");
  CHECK(solution("func @main(%a: f32[N,A], %b: f32[M,B]) {\n"
                 " %y = concat(values=(%a, %b)) {axis=1}\n return %y\n}") == "M=N");
  CHECK(solution("func @main(%x: f32[T,N,F], %h: f32[B,H], %c: f32[P,Q]) {\n"
                 " %i = const splat<f32[64,12]: 1.0>\n %r = const splat<f32[64,16]: 1.0>\n"
                 " %y, %yh, %yc = lstm(x=%x, initial_h=%h, initial_c=%c, weight_ih=%i, "
                 "weight_hh=%r)\n return %y\n}") == "B=N F=12 H=16 P=N Q=16");
}

TEST_CASE("an equation is solved where it is linear, and what is solved goes into the next") {
  // N * 6 elements under [2, 9].
  CHECK(solution("func @main(%x: f32[N,6]) {\n %s = const dense<i32[2]: 2, 9>\n"
                 " %y = reshape(x=%x, shape=%s)\n return %y\n}") == "N=3");
  // Both may vary: nothing is decided.
  CHECK(solution("func @main(%x: f32[N,M]) {\n %s = const dense<i32[2]: 2, 9>\n"
                 " %y = reshape(x=%x, shape=%s)\n return %y\n}") == "");
  // A + B = 48 once a third input fixes B.
  CHECK(solution("func @main(%a: f32[N,A], %b: f32[N,B]) {\n"
                 " %v = const splat<f32[8,2]: 1.0>\n %z = matmul(x=%b, y=%v)\n"
                 " %c = concat(values=(%a, %b)) {axis=1}\n %w = const splat<f32[48,8]: 1.0>\n"
                 " %y = matmul(x=%c, y=%w)\n return %y, %z\n}") == "A=40 B=8");
  // 7 does not divide: no size solves it, none is invented.
  CHECK(solution("func @main(%x: f32[N,7]) {\n %s = const dense<i32[2]: 2, 9>\n"
                 " %y = reshape(x=%x, shape=%s)\n return %y\n}") == "");
}

TEST_CASE("broadcasting and branches decide nothing for sure; a guess follows them") {
  const std::string add =
      "func @main(%a: f32[N,A], %b: f32[M,B]) {\n %y = add(x=%a, y=%b)\n return %y\n}";
  CHECK(solution(add) == "");
  CHECK(solution(add, true) == "B=A M=N");
  const std::string parameter =
      "func @main(%a: f32[N,A]) {\n %p = const splat<f32[77]: 1.0>\n"
      " %y = add(x=%a, y=%p)\n return %y\n}";
  CHECK(solution(parameter) == "");
  CHECK(solution(parameter, true) == "A=77");
}

TEST_CASE("what no output needs demands nothing") {
  const std::string cut =
      "func @main(%x: f32[N,F]) {\n %w = const splat<f32[40,8]: 1.0>\n"
      " %y = matmul(x=%x, y=%w)\n %z = relu(x=%x)\n return %z\n}";
  CHECK(solution(cut) == "");
}

TEST_CASE("a rule says whether sizes keep it") {
  const SizeRule plain{Dim::symbol("A"), Dim(4), false, true, {}};
  CHECK(plain.holds({{"A", 4}}) == true);
  CHECK(plain.holds({{"A", 1}}) == false);
  CHECK_FALSE(plain.holds({}).has_value());
  const SizeRule broadcast{Dim::symbol("A"), Dim(4), true, false, {}};
  CHECK(broadcast.holds({{"A", 1}}) == true);
  CHECK(broadcast.holds({{"A", 3}}) == false);
}

TEST_CASE("a solution stays within the ranges of the symbols") {
  CHECK(solution("func @main(%x: f32[N,F]) with F=2..8 {\n %w = const splat<f32[40,8]: 1.0>\n"
                 " %y = matmul(x=%x, y=%w)\n return %y\n}") == "");
}

}  // namespace corecast::ir
