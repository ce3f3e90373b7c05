#include "api/scheme.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/mapped_file.h"
#include "base/strings.h"

namespace corecast::api {
namespace {

using json = nlohmann::json;

/// Sets the key where there is something to set.
void put(json& into, const char* key, const std::string& text) {
  if (!text.empty()) into[key] = text;
}

json palettize_of(const SchemeWords& w) {
  json p = {{"name", "palettize"}, {"bits", w.palettize}};
  put(p, "granularity", w.granularity);
  if (w.mode == "uniform" || w.mode == "unique") p["mode"] = w.mode;
  put(p, "scale", w.scale);
  if (w.vector != 0) p["vector"] = w.vector;
  return p;
}

json quantize_of(const SchemeWords& w) {
  json q = {{"name", "quantize"}, {"dtype", w.quantize}, {"symmetric", !w.asymmetric}};
  put(q, "granularity", w.granularity);
  if (w.mode == "abs_max" || w.mode == "hqq") q["scales"] = w.mode;
  return q;
}

Result<json> prune_of(const SchemeWords& w) {
  json p = {{"name", "prune"}};
  std::int64_t n = 0, m = 0;
  double ratio = 0;
  const auto parts = split(w.prune, ':');
  if (parts.size() == 2 && parse_int(parts[0], n) && parse_int(parts[1], m) && m > 0) {
    p["n_m"] = w.prune;
  } else if (parse_double(w.prune, ratio)) {
    p["ratio"] = ratio;
  } else {
    return Error(Code::E1017, cat("cannot read --prune ", quote(w.prune)),
                 "a ratio such as 0.5, or n:m such as 2:4");
  }
  return p;
}

/// A word about schemes, and who listens to it.
struct Word {
  bool said;
  std::string text;  ///< as it was typed
  bool palettize, quantize;
  SchemeWords add;  ///< a scheme that listens
};

std::vector<Word> all_words(const SchemeWords& w) {
  const bool blocks = w.granularity.starts_with("block");  // tables have none
  const bool of_tables = w.mode == "kmeans" || w.mode == "uniform" || w.mode == "unique";
  const bool of_scales = w.mode == "mse" || w.mode == "abs_max" || w.mode == "hqq";
  const SchemeWords tables = {.palettize = 4}, scales = {.quantize = "int8"};
  return {
      {!w.granularity.empty(), cat("--granularity ", w.granularity), true, true,
       blocks ? SchemeWords{.quantize = "int4"} : tables},
      {!w.mode.empty(), cat("--mode ", w.mode), !of_scales, !of_tables,
       of_scales ? scales : tables},
      {!w.scale.empty(), cat("--scale ", w.scale), true, false, tables},
      {w.vector != 0, cat("--vector ", w.vector), true, false, tables},
      {w.asymmetric, "--asymmetric", false, true, scales},
  };
}

/// What to do about a word that nothing listens to: adding a scheme is a way only where that works.
std::string remedy(const Word& word, SchemeWords words, std::string_view decider) {
  const std::string leave = cat("leave ", word.text, " out");
  if (!decider.empty()) return cat(leave, ": ", decider, " decides what weights get");
  std::string scheme;
  if (word.add.palettize != 0) {
    words.palettize = word.add.palettize;
    scheme = cat("--palettize ", words.palettize);
  } else {
    words.quantize = word.add.quantize;
    scheme = cat("--quantize ", words.quantize);
  }
  const auto made = make_scheme(words);
  return made ? cat(leave, ", or add ", scheme)
              : cat(leave, "; ", scheme, " beside it does not help: ", made.error().message);
}

}  // namespace

Status check_words(const SchemeWords& words, std::string_view decider) {
  for (const Word& word : all_words(words)) {
    const bool heard =
        (word.palettize && words.palettize != 0) || (word.quantize && !words.quantize.empty());
    if (!word.said || heard) continue;
    const char* needed = !word.quantize    ? "--palettize"
                         : !word.palettize ? "--quantize"
                                           : "--palettize or --quantize";
    return Error(Code::E1017, cat(word.text, " needs ", needed), remedy(word, words, decider));
  }
  return {};
}

Result<compress::Scheme> make_scheme(const SchemeWords& words) {
  TRY_VOID(check_words(words));
  json parts = json::array();
  if (words.palettize != 0) parts.push_back(palettize_of(words));
  if (!words.quantize.empty()) parts.push_back(quantize_of(words));
  if (!words.prune.empty()) {
    TRY(parts.emplace_back(), prune_of(words));
  }
  return compress::parse_scheme(parts.dump());
}

Result<compress::Recipe> read_recipe(const std::string& path) {
  TRY(const auto file, MappedFile::open(path));
  auto recipe = compress::parse_recipe(as_chars(file->bytes()));
  if (!recipe) return std::move(recipe).error().with_file(path);
  return recipe;
}

Result<std::uint64_t> parse_size(std::string_view text) {
  const std::size_t digits = text.find_first_not_of("0123456789.");
  double number = 0;
  const std::string_view unit =
      digits == std::string_view::npos ? std::string_view() : trim(text.substr(digits));
  constexpr std::pair<std::string_view, double> kUnits[] = {
      {"", 1},     {"B", 1},        {"kB", 1e3},     {"KB", 1e3},    {"MB", 1e6},
      {"GB", 1e9}, {"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30}};
  const auto* row = std::find_if(std::begin(kUnits), std::end(kUnits),
                                 [&](const auto& u) { return u.first == unit; });
  if (row == std::end(kUnits) || !parse_double(text.substr(0, digits), number) ||
      !(number * row->second >= 1 && number * row->second < 0x1p62)) {
    return Error(Code::E1016, cat("cannot read the size ", quote(text)),
                 "for example 12MB, 1.5GiB or 800000");
  }
  return static_cast<std::uint64_t>(number * row->second);
}

Result<validator::Thresholds> parse_max_drop(std::string_view text) {
  std::vector<std::string> expectations;
  for (const auto part : split(text, ',')) {
    const auto at = part.find('=');
    const bool bare =
        at != std::string_view::npos && at > 0 && part[at - 1] != '<' && part[at - 1] != '>';
    const bool upper = trim(part).starts_with("max_rel");
    expectations.push_back(bare ? cat(part.substr(0, at), upper ? "<=" : ">=", part.substr(at + 1))
                                : std::string(part));
  }
  return validator::parse_expectations(join(expectations, ","));
}

}  // namespace corecast::api
