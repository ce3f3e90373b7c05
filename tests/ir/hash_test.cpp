#include "ir/hash.h"

#include <set>

#include "ir/parse.h"
#include "tests/ir/tiny_ops.h"
#include "tests/support/catch.h"

namespace corecast::ir {
namespace {

std::uint64_t hash_of(const std::string& text) {
  auto m = parse_module(text, tiny::registry());
  if (!m) FAIL(m.error().to_string() << "\n" << text);
  return structural_hash(*m);
}

TEST_CASE("hash: names of values do not count, but for the outputs'") {
  const auto h = hash_of(R"(func @main(%x: f32[2]) {
  %a = add(x=%x, y=%x)
  %b = add(x=%a, y=%x)
  return %b
})");
  CHECK(h == hash_of(R"(func @main(%x: f32[2]) {
  %other = add(x=%x, y=%x)
  %b = add(x=%other, y=%x)
  return %b
})"));
  CHECK(h != hash_of(R"(func @main(%x: f32[2]) {
  %a = add(x=%x, y=%x)
  %other = add(x=%a, y=%x)
  return %other
})"));
}

TEST_CASE("hash: everything else counts") {
  const std::string_view bodies[] = {
      "%a = add(x=%x, y=%y)\n  return %a",
      "%a = add(x=%y, y=%x)\n  return %a",
      "%a = add(x=%x, y=%x)\n  return %a",
      "%a = add(x=%x, y=%y)\n  return %x",
      "%a = add(x=%x, y=%y)\n  %b = add(x=%x, y=%y)\n  return %a",
      "%a = everything(x=%x)\n  return %a",
      "%a = everything(x=%x) {count=4}\n  return %a",
      "%a = everything(x=%x) {factor=0.25}\n  return %a",
      "%a = everything(x=%x) {factor=-0.0}\n  return %a",
      "%a = everything(x=%x) {factor=0.0}\n  return %a",
      "%a = everything(x=%x) {mode=\"full\"}\n  return %a",
      "%a = everything(x=%x) {dtype=f32}\n  return %a",
      "%a = everything(x=%x) {ints=[1,2]}\n  return %a",
      "%a = everything(x=%x) {ints=[2,1]}\n  return %a",
      "%a = everything(x=%x) {words=[\"ab\"]}\n  return %a",
      "%a = everything(x=%x) {words=[\"a\",\"b\"]}\n  return %a",
      "%a = everything(x=%x) {maybe=0}\n  return %a",
      "%c = const dense<f32[2]: 1, 2>\n  %a = add(x=%x, y=%c)\n  return %a",
      "%c = const dense<f32[2]: 1, 3>\n  %a = add(x=%x, y=%c)\n  return %a",
      "%c = const dense<f32[1]: 1>\n  %a = add(x=%x, y=%c)\n  return %a",
  };
  std::set<std::uint64_t> seen;
  for (const auto body : bodies) {
    INFO(body);
    const std::string text = "func @main(%x: f32[2], %y: f32[2]) {\n  " + std::string(body) + "\n}";
    CHECK(seen.insert(hash_of(text)).second);
  }
  CHECK(seen.insert(hash_of("func @main(%x: f32[3], %y: f32[3]) {\n  %a = add(x=%x, y=%y)\n"
                            "  return %a\n}"))
            .second);
  CHECK(seen.insert(hash_of("func @other(%x: f32[2], %y: f32[2]) {\n  %a = add(x=%x, y=%y)\n"
                            "  return %a\n}"))
            .second);
}

TEST_CASE("hash: attributes by kind and bits") {
  std::set<std::uint64_t> seen;
  const Attribute attributes[] = {Attribute(),
                                  true,
                                  false,
                                  std::int64_t{1},
                                  std::int64_t{0},
                                  1.0,
                                  0.0,
                                  -0.0,
                                  std::string("1"),
                                  std::string(),
                                  DType::f32,
                                  std::vector<std::int64_t>{},
                                  std::vector<std::int64_t>{1},
                                  std::vector<std::int64_t>{0, 1},
                                  std::vector<double>{1},
                                  std::vector<bool>{true},
                                  std::vector<std::string>{"1"}};
  for (const auto& a : attributes) {
    INFO(to_string(a));
    CHECK(seen.insert(structural_hash(a)).second);
  }
}

TEST_CASE("hash: of a tensor, by dtype, dims and bytes") {
  const Tensor zeros = Tensor::zeros(DType::f32, {4});
  CHECK(zeros.hash() == Tensor::zeros(DType::f32, {4}).hash());
  std::set<std::uint64_t> seen = {zeros.hash()};
  for (const Tensor& t : {Tensor::zeros(DType::i32, {4}), Tensor::zeros(DType::f32, {2, 2}),
                          Tensor::zeros(DType::f32, {5}), Tensor::of<float>({0, 0, 0, -0.0F}),
                          Tensor::of<float>({1, 0, 0, 0}), Tensor::strings({"ab", "c"}, {2}),
                          Tensor::strings({"a", "bc"}, {2})}) {
    CHECK(seen.insert(t.hash()).second);
  }
  // Made on demand or there already: the same.
  const Tensor big = Tensor::splat(DType::f32, {70001}, 1.5);
  CHECK(big.lazy_cast(DType::f16).hash() == big.cast(DType::f16).hash());
}

}  // namespace
}  // namespace corecast::ir
