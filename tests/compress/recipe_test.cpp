#include "compress/recipe/recipe.h"

#include <functional>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/support/catch.h"

using namespace corecast;
using namespace corecast::compress;

namespace {

const char* const kFull = R"({
  "rules": [
    {"scheme": {"name": "palettize", "bits": 4, "granularity": "group:16", "mode": "kmeans"}},
    {"match": {"op": "linear|conv", "name": ["a.*", "b?"], "min_elements": 10, "max_elements": 99},
     "scheme": [{"name": "prune", "ratio": 0.5},
                {"name": "quantize", "dtype": "int4", "granularity": "block:32", "symmetric": false,
                 "scales": "hqq"}]},
    {"match": {"op": ["gather"]}, "scheme": {"name": "none"}},
    {"scheme": {"name": "palettize", "bits": 3, "scale": "block:8", "vector": 1, "table": "float",
                "axis": "output"}},
    {"scheme": {"name": "palettize", "mode": "unique"}},
    {"scheme": {"name": "prune", "n_m": "2:4"}},
    {"scheme": {"name": "prune", "threshold": 1e-3}}],
  "skip": ["*.embedding.*"]})";

Error error_of(const std::string& text) {
  const auto recipe = parse_recipe(text);
  REQUIRE_FALSE(recipe.has_value());
  return recipe.error();
}
std::string scheme(const std::string& fields) {
  return R"({"rules":[{"scheme":{)" + fields + "}}]}";
}

bool mentions(const Error& e, std::string_view what) {
  return (e.message + " " + e.help).find(what) != std::string::npos;
}

/// A recipe that is wrong, and what is said of it.
struct WrongRecipe {
  std::string text;
  Code code;
  const char* says;
};

void check_refused(const std::vector<WrongRecipe>& rows) {
  for (const WrongRecipe& row : rows) {
    INFO(row.text);
    const Error e = error_of(row.text);
    INFO(e.message << " / " << e.help);
    CHECK(e.code == row.code);
    CHECK(e.kind() == ErrorKind::usage);
    CHECK(mentions(e, row.says));
  }
}

}  // namespace

TEST_CASE("A recipe reads as it is written, and writing and reading it again changes nothing") {
  const auto recipe = parse_recipe(kFull);
  REQUIRE(recipe.has_value());
  REQUIRE(recipe->rules.size() == 7);
  CHECK(recipe->skip == std::vector<std::string>{"*.embedding.*"});
  const RecipeRule& joint = recipe->rules[1];
  CHECK(joint.match.ops == std::vector<std::string>{"linear", "conv"});
  CHECK(joint.match.names == std::vector<std::string>{"a.*", "b?"});
  CHECK(joint.match.min_elements == 10);
  CHECK(joint.match.max_elements == 99);
  REQUIRE(joint.scheme.prune);
  CHECK(joint.scheme.prune->ratio == 0.5);
  REQUIRE(joint.scheme.quantize);
  CHECK(joint.scheme.quantize->dtype == ir::DType::i4);
  CHECK(joint.scheme.quantize->search == ScaleSearch::hqq);
  CHECK_FALSE(joint.scheme.quantize->symmetric);
  CHECK(recipe->rules[0].match.min_elements == kMinElements);
  CHECK(recipe->rules[2].scheme.none());
  CHECK(recipe->rules[4].scheme.palettize->mode == PaletteMode::unique);
  CHECK_FALSE(recipe->rules[4].scheme.palettize->bits);
  const std::string text = to_json(*recipe);
  const auto again = parse_recipe(text);
  REQUIRE(again.has_value());
  CHECK(to_json(*again) == text);
  for (std::size_t i = 0; i < recipe->rules.size(); ++i)
    CHECK(again->rules[i].scheme == recipe->rules[i].scheme);
}

TEST_CASE("What is wrong with a recipe's document is named with its place") {
  check_refused({
      {"", Code::E1310, "JSON"},
      {"[]", Code::E1310, "the document must be an object"},
      {"{}", Code::E1310, "rules must be an array"},
      {R"({"rules": {}})", Code::E1310, "rules must be an array"},
      {R"({"rules": [1]})", Code::E1310, "rules[0] must be an object"},
      {R"({"rules": [{}]})", Code::E1310, "rules[0].scheme must be there"},
      {R"({"rules": [], "skipp": []})", Code::E1311, "did you mean \"skip\""},
      {R"({"rules": [], "skip": 3})", Code::E1310, "skip must be a text or an array"},
      {R"({"rules": [{"match": [], "scheme": {"name": "none"}}]})", Code::E1310, "rules[0].match"},
      {R"({"rules": [{"match": {"ops": "x"}, "scheme": {"name": "none"}}]})", Code::E1311,
       "did you mean \"op\""},
      {R"({"rules": [{"match": {"min_elements": "x"}, "scheme": {"name": "none"}}]})", Code::E1310,
       "min_elements must be an integer"},
  });
  CHECK(error_of(std::string(100000, '[')).code == Code::E1310);
  CHECK(parse_recipe(kFull, 10).error().code == Code::E1310);
}

TEST_CASE("What is wrong with a palette's scheme is named with its place") {
  check_refused({
      {scheme(R"("name": "palletize")"), Code::E1310, "rules[0].scheme.name"},
      {scheme(R"("bits": 4)"), Code::E1310, "rules[0].scheme.name"},
      {scheme(R"("name": "palettize", "bits": "4")"), Code::E1310, "rules[0].scheme.bits must be"},
      {scheme(R"("name": "palettize", "bits": 4.5)"), Code::E1310, "rules[0].scheme.bits must be"},
      {scheme(R"("name": "palettize", "bits": 1e30)"), Code::E1310, "rules[0].scheme.bits must be"},
      {scheme(R"("name": "palettize", "bits": 18446744073709551615)"), Code::E1310, "bits"},
      {scheme(R"("name": "palettize", "bits": 5)"), Code::E1302, "4 or 6"},
      {scheme(R"("name": "palettize", "bits": -9223372036854775808)"), Code::E1302, "bit"},
      {scheme(R"("name": "palettize", "nbits": 4)"), Code::E1311, "did you mean \"bits\""},
      {scheme(R"("name": "palettize", "mode": "kmean")"), Code::E1310, "one of kmeans"},
      {scheme(R"("name": "palettize", "granularity": "grp:4")"), Code::E1301, "granularity"},
      {scheme(R"("name": "palettize", "granularity": "group:0")"), Code::E1301, "granularity"},
      {scheme(R"("name": "palettize", "granularity": "group:-4")"), Code::E1301, "granularity"},
      {scheme(R"("name": "palettize", "granularity": "tensor:4")"), Code::E1301, "granularity"},
      {scheme(R"("name": "palettize", "granularity": "block:4")"), Code::E1302, "scale block"},
      {scheme(R"("name": "palettize", "vector": 3)"), Code::E1302, "1, 2, 4 or 8"},
      {scheme(R"("name": "palettize", "vector": 2, "scale": "channel")"), Code::E1302, "vectors"},
      {scheme(R"("name": "palettize", "vector": 2, "granularity": "channel")"), Code::E1302,
       "channel"},
      {scheme(R"("name": "palettize", "vector": 4, "granularity": "group:6")"), Code::E1302,
       "groups"},
      {scheme(R"("name": "palettize", "mode": "unique", "table": "int8")"), Code::E1302,
       "lossless"},
  });
}

TEST_CASE("What is wrong with other schemes, and with joined ones, is named with its place") {
  check_refused({
      {scheme(R"("name": "quantize", "dtype": "int2")"), Code::E1310, "int8"},
      {scheme(R"("name": "quantize", "granularity": "group:8")"), Code::E1302, "block:8"},
      {scheme(R"("name": "quantize", "symmetric": 1)"), Code::E1310, "true or false"},
      {scheme(R"("name": "prune")"), Code::E1302, "one of ratio"},
      {scheme(R"("name": "prune", "ratio": 0.5, "threshold": 1)"), Code::E1302, "one of ratio"},
      {scheme(R"("name": "prune", "ratio": 1.5)"), Code::E1302, "between 0 and 1"},
      {scheme(R"("name": "prune", "ratio": 1e999)"), Code::E1310, ""},
      {scheme(R"("name": "prune", "n_m": "4:2")"), Code::E1302, "4"},
      {scheme(R"("name": "prune", "n_m": "2")"), Code::E1310, "2:4"},
      {scheme(R"("name": "prune", "n_m": "2:0")"), Code::E1310, "2:4"},
      {scheme(R"("name": "prune", "block": 4, "n_m": "2:4")"), Code::E1302, "ratio"},
      {scheme(R"("name": "prune", "ratio": 0.5, "block": 1)"), Code::E1302, "block"},
      {scheme(R"("name": "none", "bits": 4)"), Code::E1311, "bits"},
      {R"({"rules":[{"scheme":[{"name":"palettize"},{"name":"quantize"}]}]})", Code::E1302,
       "not both"},
      {R"({"rules":[{"scheme":[{"name":"prune","ratio":1},{"name":"prune","ratio":0}]}]})",
       Code::E1310, "prunes already"},
      {R"({"rules":[{"scheme":[{"name":"prune","ratio":1},{"name":"palettize","vector":2}]}]})",
       Code::E1302, "vectors"},
  });
}

TEST_CASE("Mutated recipes are read or refused, never more") {
  std::mt19937_64 engine(3);
  const std::string seed = kFull;
  const char* const words[] = {"\"bits\"",
                               "null",
                               "-1",
                               "1e400",
                               "[",
                               "}",
                               "\"group:99999999999999999999\"",
                               "true",
                               "\"\\u0000\"",
                               "\"n_m\"",
                               "\"scheme\"",
                               "0.1",
                               "{}",
                               "\xff"};
  int read = 0, refused = 0;
  for (int round = 0; round < 6000; ++round) {
    std::string text = seed;
    for (std::uint64_t edits = 1 + engine() % 4; edits > 0; --edits) {
      const std::size_t at = engine() % (text.size() + 1), n = engine() % 12;
      const std::string word = words[engine() % std::size(words)];
      switch (engine() % 5) {
        case 0: text.erase(std::min(at, text.size()), n); break;
        case 1: text.insert(at, word); break;
        case 2: text.replace(std::min(at, text.size()), n, word); break;
        case 3: text.insert(at, text.substr(engine() % (text.size() + 1), n * 4)); break;
        default:
          if (at < text.size()) text[at] = static_cast<char>(engine());
      }
    }
    const auto recipe = parse_recipe(text);
    if (recipe) {
      ++read;
      const std::string written = to_json(*recipe);
      const auto again = parse_recipe(written);
      INFO(text);
      REQUIRE(again.has_value());
      REQUIRE(to_json(*again) == written);
    } else {
      ++refused;
      INFO(text);
      REQUIRE(name_of(recipe.error().code).starts_with("E13"));
      REQUIRE(recipe.error().kind() == ErrorKind::usage);
    }
  }
  CHECK(read > 100);
  CHECK(refused > 100);
}

TEST_CASE("Random bytes are no recipe") {
  std::mt19937_64 engine(4);
  for (int round = 0; round < 2000; ++round) {
    std::string text(engine() % 64, ' ');
    for (char& c : text) c = static_cast<char>(engine());
    const Error e = error_of(text);
    REQUIRE(name_of(e.code).starts_with("E131"));
    // The message goes into JSON documents.
    REQUIRE_NOTHROW(
        nlohmann::json(e.message).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
}

TEST_CASE("Patterns match whole names, * any text and ? one character") {
  CHECK(matches_pattern("*", ""));
  CHECK(matches_pattern("a*c", "abbbc"));
  CHECK(matches_pattern("a*c", "ac"));
  CHECK_FALSE(matches_pattern("a*c", "acb"));
  CHECK(matches_pattern("*.w?", "layer.1.w2"));
  CHECK_FALSE(matches_pattern("?", ""));
  CHECK_FALSE(matches_pattern("", "a"));
  CHECK_FALSE(matches_pattern("encoder", "encoder.0"));
  // Quadratic at the worst.
  CHECK_FALSE(matches_pattern("*a*a*a*a*a*a*a*a*a*a*b", std::string(5000, 'a')));
  // Against a pattern matcher that tries everything.
  const std::function<bool(std::string_view, std::string_view)> slow = [&](auto p, auto t) -> bool {
    if (p.empty()) return t.empty();
    if (p[0] == '*') return slow(p.substr(1), t) || (!t.empty() && slow(p, t.substr(1)));
    return !t.empty() && (p[0] == '?' || p[0] == t[0]) && slow(p.substr(1), t.substr(1));
  };
  std::mt19937_64 engine(5);
  for (int round = 0; round < 5000; ++round) {
    std::string p(engine() % 6, ' '), t(engine() % 8, ' ');
    for (char& c : p) c = "ab*?"[engine() % 4];
    for (char& c : t) c = "ab"[engine() % 2];
    INFO(p << " on " << t);
    REQUIRE(matches_pattern(p, t) == slow(p, t));
  }
}

TEST_CASE("A rule matches by op, name and size, all of them") {
  RuleMatch m;
  m.ops = {"linear", "conv*"};
  m.names = {"enc.*"};
  m.max_elements = 5000;
  const auto hits = [&](std::string_view name, std::vector<std::string_view> ops, std::int64_t n) {
    return matches(m, {name, std::move(ops), n});
  };
  CHECK(hits("enc.w", {"conv_transpose"}, 2048));
  CHECK(hits("enc.w", {"add", "linear"}, 5000));
  CHECK_FALSE(hits("enc.w", {"linear"}, 2047));
  CHECK_FALSE(hits("enc.w", {"linear"}, 5001));
  CHECK_FALSE(hits("dec.w", {"linear"}, 3000));
  CHECK_FALSE(hits("enc.w", {"gather"}, 3000));
  CHECK(matches(RuleMatch{}, {"x", {}, kMinElements}));
}

TEST_CASE("The schema of recipes is JSON and names every member") {
  const auto schema = nlohmann::json::parse(recipe_schema());
  const std::string text = schema.dump();
  for (const char* key : {"palettize", "quantize", "prune", "none", "granularity", "vector",
                          "scales", "n_m", "min_elements", "skip", "2020-12"})
    CHECK(text.find(key) != std::string::npos);
}
