// Recipes: which weight gets which scheme. A JSON document of rules; the last match wins.
//
//   {"rules": [{"match": {"op": "linear|conv", "name": "encoder.*", "min_elements": 2048},
//               "scheme": {"name": "palettize", "bits": 4, "granularity": "group:16"}}],
//    "skip": ["*.embedding.*"]}
#pragma once

#include "compress/recipe/scheme.h"

namespace corecast::compress {

/// Weights with fewer elements are left alone unless a rule says otherwise.
inline constexpr std::int64_t kMinElements = 2048;

/// What a rule applies to; empty fields match everything.
struct RuleMatch {
  std::vector<std::string> ops;    ///< names of the consuming op, "linear"
  std::vector<std::string> names;  ///< patterns of the weight's name: * any text, ? one character
  std::int64_t min_elements = kMinElements;
  std::optional<std::int64_t> max_elements;
};

struct RecipeRule {
  RuleMatch match;
  Scheme scheme;  ///< none: leave alone
};

struct Recipe {
  std::vector<RecipeRule> rules;
  std::vector<std::string> skip;  ///< patterns of names that are left alone, whatever the rules say
};

/// A recipe with one rule for all weights.
Recipe uniform_recipe(Scheme scheme);

/// Reads a recipe. Errors: E1310 not JSON or not the form, with the place ("rules[2].scheme.bits");
/// E1311 an unknown key, with the nearest; E1301, E1302 schemes.
Result<Recipe> parse_recipe(std::string_view text, std::size_t max_bytes = 16 << 20);
std::string to_json(const Recipe& recipe);
/// Reads what a rule has for a scheme: one, or a list that prunes and codes. Errors: as for
/// recipes.
Result<Scheme> parse_scheme(std::string_view text);

/// The JSON Schema (draft 2020-12) of recipes.
std::string recipe_schema();

/// What a rule decides on.
struct RuleSubject {
  std::string_view name;
  std::vector<std::string_view> ops;  ///< consumers
  std::int64_t elements = 0;
};
bool matches_pattern(std::string_view pattern, std::string_view text);
bool matches(const RuleMatch& match, const RuleSubject& subject);

}  // namespace corecast::compress
