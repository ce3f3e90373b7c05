#include "api/scheme.h"

#include "api/targets.h"
#include "base/strings.h"
#include "tests/support/catch.h"

namespace corecast::api {

TEST_CASE("schemes in the words of options") {
  struct Row {
    SchemeWords words;
    const char* text;
  };
  const Row rows[] = {
      {{.palettize = 4}, "palettize 4-bit tensor"},
      {{.palettize = 2, .granularity = "group:16", .mode = "uniform"},
       "palettize 2-bit uniform group:16"},
      {{.palettize = 8, .mode = "unique"}, "palettize 8-bit unique tensor"},
      {{.palettize = 4, .scale = "block:32"}, "palettize 4-bit tensor scale block:32"},
      {{.palettize = 8, .vector = 4}, "palettize 8-bit tensor vector:4"},
      {{.quantize = "int8"}, "quantize int8 channel"},
      {{.quantize = "int4"}, "quantize int4 block:32"},
      {{.quantize = "uint4", .granularity = "tensor"}, "quantize uint4 tensor"},
      {{.quantize = "uint8", .asymmetric = true}, "quantize uint8 channel asymmetric"},
      {{.prune = "0.5"}, "prune 0.5"},
      {{.quantize = "int8", .prune = "2:4"}, "prune 2:4 + quantize int8 channel"},
  };
  for (const Row& row : rows) {
    const auto scheme = make_scheme(row.words);
    REQUIRE(scheme);
    CHECK(to_text(*scheme) == row.text);
  }
  const auto searched = make_scheme({.quantize = "int8", .mode = "hqq"});
  REQUIRE(searched);
  CHECK(searched->quantize->search == compress::ScaleSearch::hqq);
}

TEST_CASE("schemes that cannot be") {
  CHECK(make_scheme({.prune = "x"}).error().code == Code::E1017);
  CHECK(make_scheme({.prune = "2:x"}).error().code == Code::E1017);
  CHECK(make_scheme({.palettize = 4, .granularity = "rows"}).error().code == Code::E1301);
  CHECK(make_scheme({.palettize = 4, .quantize = "int8"}).error().code == Code::E1302);
  CHECK(make_scheme({.prune = "4:2"}).error().code == Code::E1302);
  const auto bits = make_scheme({.palettize = 500});
  CHECK(bits.error().code == Code::E1302);
  CHECK(bits.error().message == "palettize has no 500-bit form");
}

TEST_CASE("a recipe that says no granularity has the same as options") {
  const auto recipe =
      compress::parse_recipe(R"({"rules": [{"scheme": {"name": "quantize", "dtype": "uint4"}}]})");
  REQUIRE(recipe);
  CHECK(recipe->rules[0].scheme == make_scheme({.quantize = "uint4"}).value());
}

TEST_CASE("sizes and largest drops are read") {
  CHECK(parse_size("12MB").value() == 12'000'000);
  CHECK(parse_size("1.5 GiB").value() == 1'610'612'736);
  CHECK(parse_size("800000").value() == 800'000);
  for (const char* bad : {"", "12 parsec", "MB", "-1", "0", "1e9"})
    CHECK(parse_size(bad).error().code == Code::E1016);
  const auto drop = parse_max_drop("psnr=40, max_rel=0.1,top1>=0.99").value();
  CHECK(drop.psnr == 40);
  CHECK(drop.max_rel == 0.1);
  CHECK(drop.top1 == 0.99);
  CHECK(parse_max_drop("speed=3").error().code == Code::E1004);
}

TEST_CASE("targets by name") {
  CHECK(target_names() == "ios15 to ios18, ios26, macos12 to macos15, macos26");
  CHECK(parse_target("macos14").value() == mil::Target::ios17);
  CHECK(parse_target("").value() == std::nullopt);
  const auto unknown = parse_target("ios3");
  CHECK(unknown.error().code == Code::E1012);
  CHECK(unknown.error().help == target_names());
}

}  // namespace corecast::api
