// print -> parse -> print is the identity; what is wrong is reported with line and column.
#include "ir/hash.h"
#include "ir/parse.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "tests/ir/tiny_ops.h"
#include "tests/support/catch.h"

using namespace corecast;
using namespace corecast::ir;

namespace {

std::string reprinted(std::string_view text) {
  auto m = parse_module(text, tiny::registry());
  if (!m) return "error: " + m.error().message;
  const Status ok = verify(*m);
  if (!ok) return "not valid: " + ok.error().message;
  return print(*m);
}

std::string error_of(std::string_view text, const ParseOptions& options = {}) {
  auto m = parse_module(text, tiny::registry(), options);
  return m ? "none" : m.error().message;
}

}  // namespace

TEST_CASE("text: a module with everything prints as it was parsed") {
  const std::string text = R"(source "onnx"
default @"my main"
metadata {author="A \"B\"", version="1\n2\x01", user={"k/1"="v", "k2"=""}}
state "cache" : state<f16[1,8]>
labels "prob" ["cat","dog, or so"]

func @"my main"(%x: f32[N,3] {description="pixels", image=rgb, optional=true}, %"in/put:0": f32[1,3] {name="input", enumerated=[[1,3],[2,3]], default=[1,3]}, %0: bool[], %s: state<f16[1,8]>, %l: list<f32[4],2*N>) opset ios17 with M=2.., N=1..512 {
  %y = everything(x=%x) {flag=true, count=-7, factor=1.0, mode="a\"b", dtype=i64, ints=[1,-2], floats=[0.1,nan,-inf,-0.0], flags=[true,false], words=["","x"], maybe=4} : f32[N,3] @"mlp/y":"Foo":"model.py:3"
  %y#2 = everything(x=%y, extra=%"in/put:0") : f32[N,3] @"mlp/y":"Foo":"model.py:3"
  %1 = const dense<f32[3]: 1, 0.1, -0>
  %"a/b", %2 = halves(x=%1) : f32[3], f32[3] @"h"
  %c = const splat<f32[64]: 0.5>
  %j = join(values=(%1, %c, %2)) : f32[70]
  %3 = choose(pred=%0) : f32[N,3] {
    yes() {
      %z = add(x=%y#2, y=%x) : f32[N,3]
      yield %z
    }
    no() {
      %4 = choose(pred=%0) : f32[N,3] {
        yes() {
          yield %x
        }
        no() {
          yield %y
        }
      }
      yield %4
    }
  }
  store(x=%3)
  %5 = pick(x=%j) : f32[d3]
  return %3 {name="out"}, %"a/b", %5, %c
}

func @other() {
  return
}
)";
  CHECK(reprinted(text) == text);
}

TEST_CASE("text: constants of every element type survive bit for bit") {
  const std::string text = R"(func @main() {
  %0 = const dense<f16[5]: 0.1, 65504, nan, 0x7e01, -inf>
  %1 = const dense<bf16[2]: 1.01, 0xffff>
  %2 = const dense<f64[3]: 0.1, 5e-324, 0x7ff8000000000001>
  %3 = const dense<f32[3]: 1e-45, 3.4028235e+38, 16777217>
  %4 = const dense<u64[2]: 18446744073709551615, 0>
  %5 = const dense<i64[2]: -9223372036854775808, 9223372036854775807>
  %6 = const dense<u3[5]: 7, 0, 5, 1, 2>
  %7 = const dense<i4[3]: -8, 7, -1>
  %8 = const dense<u1[9]: 1, 0, 1, 1, 0, 0, 1, 0, 1>
  %9 = const dense<bool[2]: true, false>
  %10 = const dense<str[2]: "a", "b\"\n">
  %11 = const dense<f8e4m3[2]: 0x7f, 0x01>
  %12 = const dense<f4e2m1[3]: 0x0f, 0x00, 0x07>
  %13 = const dense<f32[0,3]:>
  %14 = const dense<i8[]: -128>
  %15 = const splat<i6[40]: -32>
  %16 = const splat<f32[2,2]: nan>
  return %0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16
}
)";
  // 16777217 is no f32; it reads as its neighbour.
  std::string expected = text;
  expected.replace(expected.find("16777217"), 8, "16777216");
  CHECK(reprinted(text) == expected);
}

TEST_CASE("text: big constants print as references and are found in the table") {
  auto f =
      parse_function("func @f() { %w = const seq<f32[4,5]: 1, 0.25> return %w }", tiny::registry());
  REQUIRE(f);
  TensorTable table;
  PrintOptions options;
  options.references = &table;
  const std::string text = print(*f, options);
  CHECK(text.find("ref<f32[4,5]: ") != std::string::npos);
  REQUIRE(table.size() == 1);
  CHECK(table.begin()->second.at(19) == 1 + 19 * 0.25);
  CHECK(error_of(text).find("no constant with hash") != std::string::npos);
  ParseOptions with_table;
  with_table.references = &table;
  auto again = parse_function(text, tiny::registry(), with_table);
  REQUIRE(again);
  CHECK(print(*again) == text);
  CHECK(structural_hash(*again) == structural_hash(*f));
}

TEST_CASE(
    "text: types may be left out or be more precise than inference; operands may be positional") {
  auto f = parse_function(
      "func @f(%x: f32[N]) { # comment\n %y = add(%x, %x) %p = pick(%x) : f32[7] return %y, %p }",
      tiny::registry());
  REQUIRE(f);
  CHECK(to_string(f->type(f->block(f->entry()).results[0])) == "f32[N]");
  CHECK(to_string(f->type(f->block(f->entry()).results[1])) == "f32[7]");
  CHECK(verify(*f).has_value());
  CHECK(f->outputs[1].name == "p");
}

TEST_CASE("text: the hash ignores names of values and of ops' sources, and nothing else") {
  const auto hash = [](std::string_view text) {
    return structural_hash(*parse_function(text, tiny::registry()));
  };
  const auto base = hash("func @f(%x: f32[2]) { %y = everything(x=%x) return %y {name=\"o\"} }");
  CHECK(base == hash("func @f(%a: f32[2] {name=\"x\"}) { %0 = everything(x=%a) @\"n\" return %0 "
                     "{name=\"o\"} }"));
  CHECK(base != hash("func @f(%x: f32[3]) { %y = everything(x=%x) return %y {name=\"o\"} }"));
  CHECK(base !=
        hash("func @f(%x: f32[2]) { %y = everything(x=%x) {count=4} return %y {name=\"o\"} }"));
  CHECK(base != hash("func @f(%x: f32[2]) { %y = everything(x=%x) return %x {name=\"o\"} }"));
}

TEST_CASE("text: errors name line and column") {
  CHECK(error_of("") == "none");
  CHECK(error_of("nonsense") == "1:1: expected 'func', found 'n'");
  CHECK(error_of("func @f(%x: f32[2]) {\n  %y = relo(x=%x)\n  return %y\n}") ==
        "2:8: unknown op 'relo'");
  CHECK(error_of("func @f(%x: f33[2]) { return }") == "1:13: unknown element type 'f33'");
  CHECK(error_of("func @f() { return %y }") == "1:20: value 'y' is not defined here");
  CHECK(error_of("func @f(%x: f32[2], %x: f32[2]) { return }") == "1:21: value defined twice");
  CHECK(error_of("func @f(%x: f32[2]) { %y = add(x=%x) return %y }") ==
        "1:28: add: operand 'y' is missing");
  CHECK(error_of("func @f(%x: f32[2]) { %y = add(x=%x, z=%x) return %y }") ==
        "1:38: add has no operand 'z'");
  CHECK(error_of("func @f(%x: f32[2]) { %y = everything(x=%x) {nope=1} return %y }") ==
        "1:46: everything has no attribute 'nope'");
  CHECK(error_of("func @f(%x: f32[2]) { %y = add(x=%x, y=%x) : f32[3] return %y }") ==
        "1:28: add gives f32[2], not f32[3]");
  CHECK(error_of("func @f() { %y = const dense<u4[1]: 16> return %y }") == "1:37: '16' is no u4");
  CHECK(error_of("func @f() { %y = const dense<i8[1]: x> return %y }") == "1:37: 'x' is no i8");
  CHECK(error_of("func @f() { return } func @f() { return }").find("two functions") !=
        std::string::npos);
  CHECK(error_of("func @f(").find("1:9") == 0);
  CHECK(error_of("func @f() { %y = const splat<f32[100000000000]: 0> return %y }")
            .find("too large") != std::string::npos);
  CHECK(error_of("metadata {author=\"x").find("string without an end") != std::string::npos);
}

TEST_CASE("text: a nested value is not visible outside, and nesting is limited") {
  CHECK(error_of("func @f(%p: bool[], %x: f32[2]) { %c = choose(%p) { yes() { %z = add(%x, %x) "
                 "yield %z } no() { yield "
                 "%z } } return %c }")
            .find("'z' is not defined here") != std::string::npos);
  std::string deep = "func @f(%p: bool[], %x: f32[2]) { ";
  for (int i = 0; i < 100; ++i) deep += "%c = choose(%p) { yes() { ";
  CHECK(error_of(deep).find("nested more than 64 deep") != std::string::npos);
  CHECK(error_of("func @f(%x: f32[" + std::string(5000, '(')).find("expected a size") !=
        std::string::npos);
}

TEST_CASE("text: every cut of a valid text gives an error and no crash") {
  const std::string text = R"(state "c" : state<f16[1]>
func @f(%x: f32[N,3] {image=rgb, enumerated=[[1,3]]}, %p: bool[]) opset ios17 with N=1..5 {
  %0 = const dense<f32[2]: 1, 0x7fc00001>
  %a, %b = halves(x=%x) : f32[N,3], f32[N,3] @"h":"o"
  %c = choose(pred=%p) : f32[N,3] {
    yes() {
      yield %a
    }
    no() {
      %d = everything(x=%b) {ints=[1,2], words=["a"], maybe=none}
      yield %d
    }
  }
  return %c
}
)";
  REQUIRE(error_of(text) == "none");
  for (std::size_t n = 0; n < text.size(); ++n) {
    (void)error_of(text.substr(0, n));
    std::string changed = text;
    for (const char c : {'\0', '"', '{', '%', '9', ',', '\x80'}) {
      changed[n] = c;
      auto m = parse_module(changed, tiny::registry());
      if (m) CHECK(parse_module(print(*m), tiny::registry()).has_value());
    }
  }
}
