// The JSON form of recipes: reading, writing, and its schema.
#include <algorithm>
#include <array>
#include <climits>

#include "base/strings.h"
#include "compress/recipe/json_object.h"
#include "compress/recipe/recipe.h"

namespace corecast::compress {
namespace {

using nlohmann::json;
using ordered = nlohmann::ordered_json;

template <class T>
struct Name {
  std::string_view text;
  T value;
};
constexpr std::array kModes = {Name<PaletteMode>{"kmeans", PaletteMode::kmeans},
                               Name<PaletteMode>{"uniform", PaletteMode::uniform},
                               Name<PaletteMode>{"unique", PaletteMode::unique}};
constexpr std::array kSearches = {Name<ScaleSearch>{"mse", ScaleSearch::mse},
                                  Name<ScaleSearch>{"abs_max", ScaleSearch::abs_max},
                                  Name<ScaleSearch>{"hqq", ScaleSearch::hqq}};
constexpr std::array kDTypes = {
    Name<ir::DType>{"int8", ir::DType::i8}, Name<ir::DType>{"uint8", ir::DType::u8},
    Name<ir::DType>{"int4", ir::DType::i4}, Name<ir::DType>{"uint4", ir::DType::u4}};

template <class Table>
std::vector<std::string> texts_of(const Table& table) {
  std::vector<std::string> out;
  for (const auto& row : table) out.emplace_back(row.text);
  return out;
}

template <class Table>
auto text_of(const Table& table, const decltype(table[0].value)& value) {
  const auto it =
      std::find_if(table.begin(), table.end(), [&](const auto& r) { return r.value == value; });
  CC_CHECK(it != table.end(), "every value has a name");
  return std::string(it->text);
}

/// Sets `out` when the member is there. Errors: E1310 with the choices.
template <class Table, class T>
Status choose(JsonObject& o, const std::string& key, const Table& table, T& out) {
  TRY(const auto text, o.text(key));
  if (!text) return {};
  for (const auto& row : table) {
    if (row.text == *text) {
      out = row.value;
      return {};
    }
  }
  return json_error(o.place(key), cat("one of ", join(texts_of(table))));
}

Status read_granularity(JsonObject& o, const std::string& key, Granularity& out) {
  TRY(const auto text, o.text(key));
  if (!text) return {};
  TRY(out, parse_granularity(*text));
  return {};
}

Status read(JsonObject& o, Palettize& p) {
  TRY(const auto bits, o.integer("bits"));
  TRY_VOID(choose(o, "mode", kModes, p.mode));
  if (p.mode == PaletteMode::unique) p.bits.reset();
  if (bits) p.bits = static_cast<int>(std::clamp<std::int64_t>(*bits, INT_MIN, INT_MAX));
  TRY_VOID(read_granularity(o, "granularity", p.granularity));
  TRY(const auto vector, o.integer("vector"));
  p.vector = vector.value_or(1);
  TRY(const auto scale, o.text("scale"));
  if (scale && *scale != "none") {
    TRY(p.scale, parse_granularity(*scale));
  }
  bool output = true;
  TRY_VOID(choose(o, "axis", std::array{Name<bool>{"output", true}, Name<bool>{"input", false}},
                  output));
  p.input_axis = !output;
  TRY_VOID(choose(o, "table", std::array{Name<bool>{"float", false}, Name<bool>{"int8", true}},
                  p.int8_table));
  TRY(const auto function, o.text("function"));
  p.function = function.value_or("");
  return {};
}

Status read(JsonObject& o, Quantize& q) {
  TRY_VOID(choose(o, "dtype", kDTypes, q.dtype));
  q.granularity = default_granularity(q.dtype);
  TRY_VOID(read_granularity(o, "granularity", q.granularity));
  TRY(const auto symmetric, o.flag("symmetric"));
  q.symmetric = symmetric.value_or(true);
  return choose(o, "scales", kSearches, q.search);
}

Status read(JsonObject& o, Prune& p) {
  TRY(p.ratio, o.number("ratio"));
  TRY(p.threshold, o.number("threshold"));
  TRY(const auto n_m, o.text("n_m"));
  if (n_m) {
    const auto parts = split(*n_m, ':');
    if (parts.size() != 2 || !parse_int(parts[0], p.n) || !parse_int(parts[1], p.m) || p.m < 1)
      return json_error(o.place("n_m"), "two numbers as \"2:4\"");
  }
  TRY(const auto block, o.integer("block"));
  p.block = block.value_or(0);
  return {};
}

Status read_scheme(const json& value, const std::string& place, Scheme& scheme) {
  TRY(JsonObject o, JsonObject::of(value, place));
  TRY(const auto name, o.text("name"));
  const auto twice = [&](const char* what) {
    return json_error(place, cat("another scheme: there is one that ", what, " already"));
  };
  if (name == "palettize") {
    if (scheme.palettize) return twice("palettizes");
    TRY_VOID(read(o, scheme.palettize.emplace()));
  } else if (name == "quantize") {
    if (scheme.quantize) return twice("quantizes");
    TRY_VOID(read(o, scheme.quantize.emplace()));
  } else if (name == "prune") {
    if (scheme.prune) return twice("prunes");
    TRY_VOID(read(o, scheme.prune.emplace()));
  } else if (name != "none") {
    return json_error(place + ".name", "one of palettize, quantize, prune, none");
  }
  return o.finish();
}

Status read_schemes(const json& value, const std::string& place, Scheme& scheme) {
  if (!value.is_array()) return read_scheme(value, place, scheme);
  for (std::size_t i = 0; i < value.size(); ++i)
    TRY_VOID(read_scheme(value[i], cat(place, "[", i, "]"), scheme));
  return {};
}

Result<RecipeRule> read_rule(const json& value, const std::string& place) {
  TRY(JsonObject o, JsonObject::of(value, place));
  RecipeRule rule;
  if (const json* m = o.find("match")) {
    TRY(JsonObject match, JsonObject::of(*m, place + ".match"));
    TRY(const auto ops, match.texts("op"));
    for (const auto& text : ops) {
      for (const auto part : split(text, '|')) rule.match.ops.emplace_back(trim(part));
    }
    TRY(rule.match.names, match.texts("name"));
    TRY(const auto least, match.integer("min_elements"));
    rule.match.min_elements = least.value_or(kMinElements);
    TRY(rule.match.max_elements, match.integer("max_elements"));
    TRY_VOID(match.finish());
  }
  const json* scheme = o.find("scheme");
  TRY_VOID(o.finish());
  if (!scheme) return json_error(place + ".scheme", "there");
  TRY_VOID(read_schemes(*scheme, place + ".scheme", rule.scheme));
  const Status sane = check(rule.scheme);
  if (!sane) {
    Error e = sane.error();
    return std::move(e).in(cat("recipe: ", place, ".scheme"));
  }
  return rule;
}

/// Errors: E1310.
Result<json> parse_json(std::string_view text) {
  // Depth is limited by hand: the parser recurses.
  std::size_t depth = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (depth > 256) return json_error("the file", "nested less deeply");
  }
  try {
    return json::parse(text);
  } catch (const json::exception& e) {
    return Error(Code::E1310, cat("recipe: not JSON: ", e.what()));
  }
}

ordered json_of(const Scheme& s) {
  ordered parts = ordered::array();
  if (s.prune) {
    ordered p = {{"name", "prune"}};
    if (s.prune->ratio) p["ratio"] = *s.prune->ratio;
    if (s.prune->threshold) p["threshold"] = *s.prune->threshold;
    if (s.prune->m > 0) p["n_m"] = cat(s.prune->n, ":", s.prune->m);
    if (s.prune->block > 0) p["block"] = s.prune->block;
    parts.push_back(std::move(p));
  }
  if (s.palettize) {
    const Palettize& z = *s.palettize;
    ordered p = {{"name", "palettize"}};
    if (z.bits) p["bits"] = *z.bits;
    p["granularity"] = to_text(z.granularity);
    p["mode"] = text_of(kModes, z.mode);
    if (z.vector > 1) p["vector"] = z.vector;
    if (z.scale) p["scale"] = to_text(*z.scale);
    if (z.input_axis) p["axis"] = "input";
    if (z.int8_table) p["table"] = "int8";
    if (!z.function.empty()) p["function"] = z.function;
    parts.push_back(std::move(p));
  }
  if (s.quantize) {
    parts.push_back({{"name", "quantize"},
                     {"dtype", text_of(kDTypes, s.quantize->dtype)},
                     {"granularity", to_text(s.quantize->granularity)},
                     {"symmetric", s.quantize->symmetric},
                     {"scales", text_of(kSearches, s.quantize->search)}});
  }
  if (parts.empty()) return {{"name", "none"}};
  return parts.size() == 1 ? parts[0] : parts;
}

}  // namespace

Result<Scheme> parse_scheme(std::string_view text) {
  TRY(const json value, parse_json(text));
  Scheme scheme;
  TRY_VOID(read_schemes(value, "scheme", scheme));
  TRY_VOID(check(scheme));
  return scheme;
}

Result<Recipe> parse_recipe(std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes)
    return json_error("the file", cat("at most ", max_bytes, " bytes long"));
  TRY(const json document, parse_json(text));
  TRY(JsonObject o, JsonObject::of(document, "the document"));
  Recipe recipe;
  const json* rules = o.find("rules");
  if (!rules || !rules->is_array()) return json_error("rules", "an array");
  for (std::size_t i = 0; i < rules->size(); ++i) {
    TRY(RecipeRule rule, read_rule((*rules)[i], cat("rules[", i, "]")));
    recipe.rules.push_back(std::move(rule));
  }
  TRY(recipe.skip, o.texts("skip"));
  TRY_VOID(o.finish());
  return recipe;
}

std::string to_json(const Recipe& recipe) {
  ordered document;
  document["rules"] = ordered::array();
  for (const RecipeRule& rule : recipe.rules) {
    ordered match = ordered::object();
    if (!rule.match.ops.empty()) match["op"] = join(rule.match.ops, "|");
    if (!rule.match.names.empty()) match["name"] = rule.match.names;
    match["min_elements"] = rule.match.min_elements;
    if (rule.match.max_elements) match["max_elements"] = *rule.match.max_elements;
    document["rules"].push_back({{"match", std::move(match)}, {"scheme", json_of(rule.scheme)}});
  }
  if (!recipe.skip.empty()) document["skip"] = recipe.skip;
  return document.dump(2);
}

std::string recipe_schema() {
  const ordered texts = {
      {"oneOf", {{{"type", "string"}}, {{"type", "array"}, {"items", {{"type", "string"}}}}}}};
  const auto object = [](ordered properties, const std::vector<std::string>& required) {
    ordered o = {
        {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
    if (!required.empty()) o["required"] = required;
    return o;
  };
  const auto pattern = [](const char* p) { return ordered{{"type", "string"}, {"pattern", p}}; };
  const auto choice = [](const std::vector<std::string>& texts_) {
    return ordered{{"enum", texts_}};
  };
  const ordered palettize =
      object({{"name", {{"const", "palettize"}}},
              {"bits", {{"enum", {1, 2, 3, 4, 6, 8}}}},
              {"granularity", pattern("^(tensor|channel|group:[1-9][0-9]*)$")},
              {"mode", choice(texts_of(kModes))},
              {"vector", {{"enum", {1, 2, 4, 8}}}},
              {"scale", pattern("^(none|channel|block:[1-9][0-9]*)$")},
              {"axis", choice({"output", "input"})},
              {"table", choice({"float", "int8"})},
              {"function", {{"type", "string"}}}},
             {"name"});
  const ordered quantize = object({{"name", {{"const", "quantize"}}},
                                   {"dtype", choice(texts_of(kDTypes))},
                                   {"granularity", pattern("^(tensor|channel|block:[1-9][0-9]*)$")},
                                   {"symmetric", {{"type", "boolean"}}},
                                   {"scales", choice(texts_of(kSearches))}},
                                  {"name"});
  const ordered prune = object({{"name", {{"const", "prune"}}},
                                {"ratio", {{"type", "number"}, {"minimum", 0}, {"maximum", 1}}},
                                {"threshold", {{"type", "number"}, {"minimum", 0}}},
                                {"n_m", pattern("^[0-9]+:[1-9][0-9]*$")},
                                {"block", {{"type", "integer"}, {"minimum", 2}}}},
                               {"name"});
  const ordered none = object({{"name", {{"const", "none"}}}}, {"name"});
  const ordered one = {{"oneOf", {palettize, quantize, prune, none}}};
  const ordered match = object({{"op", texts},
                                {"name", texts},
                                {"min_elements", {{"type", "integer"}}},
                                {"max_elements", {{"type", "integer"}}}},
                               {});
  const ordered rule =
      object({{"match", match},
              {"scheme", {{"oneOf", {one, {{"type", "array"}, {"items", one}, {"maxItems", 2}}}}}}},
             {"scheme"});
  ordered schema =
      object({{"rules", {{"type", "array"}, {"items", rule}}}, {"skip", texts}}, {"rules"});
  ordered out = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", "corecast compression recipe"}};
  out.update(schema);
  return out.dump(2);
}

}  // namespace corecast::compress
