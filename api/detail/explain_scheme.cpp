#include "api/detail/explain_scheme.h"

#include <nlohmann/json.hpp>

#include "api/scheme.h"
#include "base/strings.h"
#include "converter/coreml/rules.h"

namespace corecast::api {
namespace {

using json = nlohmann::ordered_json;

struct Scheme {
  const char* name;
  const char* title;
  const char* text;
  std::vector<SchemeWords> examples;  ///< from coarse to fine
};

const std::vector<Scheme>& schemes() {
  static const std::vector<Scheme> all = {
      {"palettize",
       "every weight becomes an index into a table of 2^bits numbers",
       "What is stored is an index of 1, 2, 3, 4, 6 or 8 bits for each weight, or for each vector "
       "of "
       "neighbouring channels, and one table for the tensor, for every output channel or for "
       "groups "
       "of channels; with --scale also a scale beside the table. Tables are fitted by k-means to "
       "the "
       "least squared error. Take it for the least error at 4 bits and below; at 4 bits and with "
       "one "
       "table it runs on every system that runs compressed weights at all.",
       {{.palettize = 4},
        {.palettize = 3},
        {.palettize = 4, .granularity = "group:16"},
        {.palettize = 4, .scale = "block:32"},
        {.palettize = 8, .vector = 4}}},
      {"quantize",
       "every weight becomes an integer, times a scale",
       "What is stored is an integer of 8 or 4 bits for each weight and a scale for the tensor, "
       "for "
       "every output channel or for blocks of input channels, with --asymmetric also an offset. "
       "Scales "
       "are searched for the least squared error; --mode abs_max takes the whole range, hqq minds "
       "outliers less. With 8 bits almost nothing is lost.",
       {{.quantize = "int8"},
        {.quantize = "int8", .granularity = "block:32"},
        {.quantize = "int4"}}},
      {"prune",
       "the weights nearest to zero become zero, and are not stored",
       "What is stored is one bit for each weight and the numbers that are left. They go by a "
       "ratio, or "
       "as n of every m along the input channels; recipes can also name a threshold or whole "
       "blocks. It "
       "joins with palettize or quantize, which then code what is left. Nets that were not trained "
       "for "
       "it lose much beyond half of their weights.",
       {{.prune = "0.5"}, {.prune = "2:4"}, {.palettize = 4, .prune = "0.5"}}}};
  return all;
}

/// The options that these words come from.
std::string options_of(const SchemeWords& w) {
  std::vector<std::string> options;
  if (w.palettize != 0) options.push_back(cat("--palettize ", w.palettize));
  if (!w.quantize.empty()) options.push_back(cat("--quantize ", w.quantize));
  if (!w.prune.empty()) options.push_back(cat("--prune ", w.prune));
  if (!w.granularity.empty()) options.push_back(cat("--granularity ", w.granularity));
  if (!w.scale.empty()) options.push_back(cat("--scale ", w.scale));
  if (w.vector > 0) options.push_back(cat("--vector ", w.vector));
  return join(options, " ");
}

compress::Scheme scheme_of(const SchemeWords& words) {
  auto scheme = make_scheme(words);
  CC_CHECK(scheme, "the examples are legal");
  return std::move(*scheme);
}

/// "int8, uint8", "tensor|channel|group:N", "a number": what the schema of recipes allows.
std::string values_of(const json& property) {
  if (property.contains("enum")) {
    std::vector<std::string> values;
    for (const json& v : property["enum"])
      values.push_back(v.is_string() ? v.get<std::string>() : v.dump());
    return join(values);
  }
  if (!property.contains("pattern")) return property.value("type", "");
  std::string pattern = property["pattern"];
  for (const auto& [from, to] : {std::pair{"[1-9][0-9]*", "N"},
                                 {"[0-9]+", "N"},
                                 {"^", ""},
                                 {"$", ""},
                                 {"(", ""},
                                 {")", ""}}) {
    for (auto at = pattern.find(from); at != std::string::npos; at = pattern.find(from))
      pattern.replace(at, std::string_view(from).size(), to);
  }
  return pattern;
}

/// The object of the scheme in the schema of recipes, wherever in it.
const json* find_scheme(const json& schema, std::string_view name) {
  if (schema.is_object() && schema.contains("properties")) {
    const json& p = schema["properties"];
    if (p.contains("name") && p["name"].value("const", "") == name) return &p;
  }
  for (const json& inner : schema) {
    if (!inner.is_structured()) continue;
    if (const json* found = find_scheme(inner, name)) return found;
  }
  return nullptr;
}

std::string_view first_target(const compress::Scheme& scheme) {
  return coreml::rules().versions.at(compress::required_version(scheme, coreml::rules()));
}

}  // namespace

std::vector<std::string> scheme_names() {
  std::vector<std::string> names;
  for (const Scheme& s : schemes()) names.emplace_back(s.name);
  return names;
}

std::optional<Explanation> explain_scheme(std::string_view name) {
  for (const Scheme& s : schemes()) {
    if (name != s.name) continue;
    Explanation e{s.name, "scheme", s.title, s.text, {}};
    for (const SchemeWords& words : s.examples) {
      const compress::Scheme scheme = scheme_of(words);
      e.facts.emplace_back(options_of(words),
                           cat(to_text(scheme), ", since ", first_target(scheme)));
    }
    const json schema = json::parse(compress::recipe_schema());
    const json* properties = find_scheme(schema, s.name);
    CC_CHECK(properties, "recipes have every scheme");
    for (const auto& [key, property] : properties->items()) {
      if (key != "name") e.facts.emplace_back(cat("in a recipe, ", key), values_of(property));
    }
    return e;
  }
  return std::nullopt;
}

std::vector<std::string> schemes_since(mil::Target target) {
  std::vector<std::string> options;
  for (const Scheme& s : schemes()) {
    for (const SchemeWords& words : s.examples) {
      if (compress::required_version(scheme_of(words), coreml::rules()) == mil::version_of(target))
        options.push_back(options_of(words));
    }
  }
  return options;
}

}  // namespace corecast::api
