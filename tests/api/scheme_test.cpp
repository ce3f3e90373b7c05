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

TEST_CASE("a word that no scheme listens to is named, with what it needs") {
  struct Row {
    SchemeWords words;
    const char* word;
    const char* needs;
    SchemeWords with;  ///< the scheme that the help says to add
  };
  const SchemeWords palettize = {.palettize = 4}, int8 = {.quantize = "int8"},
                    int4 = {.quantize = "int4"};
  const Row rows[] = {
      {{.granularity = "tensor"}, "--granularity tensor", "--palettize or --quantize", palettize},
      {{.granularity = "channel"}, "--granularity channel", "--palettize or --quantize", palettize},
      {{.granularity = "group:8"}, "--granularity group:8", "--palettize or --quantize", palettize},
      {{.granularity = "block:32"}, "--granularity block:32", "--palettize or --quantize", int4},
      {{.mode = "kmeans"}, "--mode kmeans", "--palettize", palettize},
      {{.mode = "uniform"}, "--mode uniform", "--palettize", palettize},
      {{.mode = "unique"}, "--mode unique", "--palettize", palettize},
      {{.mode = "mse"}, "--mode mse", "--quantize", int8},
      {{.mode = "abs_max"}, "--mode abs_max", "--quantize", int8},
      {{.mode = "hqq"}, "--mode hqq", "--quantize", int8},
      {{.scale = "block:32"}, "--scale block:32", "--palettize", palettize},
      {{.vector = 2}, "--vector 2", "--palettize", palettize},
      {{.asymmetric = true}, "--asymmetric", "--quantize", int8},
  };
  for (const Row& row : rows) {
    CAPTURE(row.word);
    for (const char* prune : {"", "0.5"}) {
      SchemeWords words = row.words;
      words.prune = prune;
      const Status alone = check_words(words);
      REQUIRE_FALSE(alone);
      CHECK(alone.error().code == Code::E1017);
      CHECK(alone.error().message == cat(row.word, " needs ", row.needs));
      words.palettize = row.with.palettize;
      words.quantize = row.with.quantize;
      // The remedy works, or is none: vectors cannot be pruned.
      const auto with_scheme = make_scheme(words);
      CHECK(with_scheme.has_value() == (words.vector == 0 || words.prune.empty()));
      const std::string added = row.with.palettize != 0 ? cat("--palettize ", row.with.palettize)
                                                        : cat("--quantize ", row.with.quantize);
      CHECK(alone.error().help ==
            cat("leave ", row.word, " out",
                with_scheme
                    ? cat(", or add ", added)
                    : cat("; ", added, " beside it does not help: ", with_scheme.error().message)));
    }
    CHECK(check_words(row.words, "--recipe").error().help ==
          cat("leave ", row.word, " out: --recipe decides what weights get"));
    // Beside the other scheme it is not heard either, and the one it needs could not be added.
    const bool either = std::string_view(row.needs).find(" or ") != std::string_view::npos;
    SchemeWords other = row.words;
    if (row.with.palettize != 0)
      other.quantize = "int8";
    else
      other.palettize = 4;
    CHECK(check_words(other).has_value() == either);
    if (!either) CHECK(make_scheme(other).error().help.find("does not help") != std::string::npos);
  }
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
