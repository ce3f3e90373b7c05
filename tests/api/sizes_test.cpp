#include "api/sizes.h"

#include "tests/support/parsed.h"

namespace corecast::api {
namespace {

using ir::SymbolValues;
using ir::Tensor;
using test::parsed;

/// x: [n,3,h,w] in ranges; t: [n,k], one of three shapes; s: no flexible size.
ir::Module module() {
  ir::Module m = parsed(
      "func @main(%x: f32[n,3,h,w], %t: i32[n,k], %s: f32[2]) {\n"
      " return %x {name=\"a\"}, %t {name=\"b\"}, %s {name=\"c\"}\n}");
  ir::Function& f = m.main();
  f.symbols = {{"n", {1, 8}}, {"h", {32, 512}}, {"w", {32, -1}}, {"k", {4, 16}}};
  f.inputs[1].enumerated = {{1, 4}, {1, 8}, {2, 16}};
  return m;
}

std::string code_of(const std::vector<std::string>& inputs) {
  const ir::Module m = module();
  const auto sizes = choose_sizes(m.main(), inputs);
  return sizes ? "ok" : std::string(name_of(sizes.error().code));
}

}  // namespace

TEST_CASE("sizes are chosen within ranges and enumerations") {
  const ir::Module m = module();
  const auto chosen = [&](const std::vector<std::string>& inputs) {
    return choose_sizes(m.main(), inputs).value();
  };
  CHECK(chosen({}).empty());
  CHECK(chosen({"x[1,3,64,96]"}) == SymbolValues{{"n", 1}, {"h", 64}, {"w", 96}, {"k", 4}});
  CHECK(chosen({"k=16"}) == SymbolValues{{"n", 2}, {"k", 16}});
  CHECK(chosen({"n=1", "k=8", "h=512"}) == SymbolValues{{"n", 1}, {"k", 8}, {"h", 512}});
  CHECK(chosen({"x[n,3,h,100000]", "t[1,8]{i32}"}) ==
        SymbolValues{{"n", 1}, {"w", 100000}, {"k", 8}});
  CHECK(chosen({"s[2]", "n=2"}) == SymbolValues{{"n", 2}, {"k", 16}});
}

TEST_CASE("sizes that the interface does not have are refused, with those it has") {
  for (const char* text : {"x[1,3,31,96]", "x[1,3,513,96]", "x[9,3,64,64]", "x[1,4,64,64]",
                           "x[3,64,64]", "h=31", "h=40..50", "h={40,50}", "q=3", "z[1]", "x{f16}",
                           "s=3", "t[1,5]", "k=5", "n=3", "s[3]", "x[1,3,q,64]"}) {
    CAPTURE(text);
    CHECK(code_of({text}) == "E1002");
  }
  CHECK(code_of({"x[1,3,64"}) == "E1001");
  CHECK(code_of({"x[1,3,64,64]", "n=2"}) == "E1002");  // two sizes for one name
  CHECK(code_of({"n=1", "t[2,16]"}) == "E1002");
  const ir::Module m = module();
  CHECK(choose_sizes(m.main(), {"x[1,3,1024,64]"}).error().help ==
        "it takes [n=1..8,3,h=32..512,w=32..]");
  CHECK(choose_sizes(m.main(), {"t[1,5]"}).error().help == "it takes [1,4] or [1,8] or [2,16]");
}

TEST_CASE("arrays must have the sizes that were chosen") {
  const ir::Module m = module();
  const NamedTensors sample = {{"x", Tensor::zeros(ir::DType::f32, {1, 3, 64, 32})}};
  CHECK(check_chosen(m.main(), {}, sample).has_value());
  CHECK(check_chosen(m.main(), {{"h", 64}}, sample).has_value());
  CHECK(check_chosen(m.main(), {{"h", 65}}, sample).error().code == Code::E1002);
}

TEST_CASE("generated samples have the sizes that were chosen") {
  const ir::Module m = module();
  Diagnostics said;
  const auto samples =
      samples_to_run(m.main(), {}, 0, {{"n", 2}, {"h", 33}, {"k", 16}}, said).value();
  REQUIRE(samples.size() == 1);
  CHECK(samples[0].at("t").dims() == std::vector<std::int64_t>{2, 16});
  CHECK(samples[0].at("x").dims()[2] == 33);
}

}  // namespace corecast::api
