#include "base/diagnostic_groups.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "base/strings.h"

namespace corecast {
namespace {

struct Plural {
  Code code;
  std::string_view phrase;  ///< follows a count
};

/// Kinds that a model has many of and whose message ends in a reason. Others are counted in
/// "times".
constexpr std::array kPlurals = {
    Plural{Code::N2010, "dimensions are fixed"},
    Plural{Code::N3201, "ops stay in f32"},
};

/// What follows the first ": ", else nothing.
std::string_view reason_of(std::string_view message) {
  const auto colon = message.find(": ");
  return colon == std::string_view::npos ? std::string_view() : message.substr(colon + 2);
}

/// A text without what tells one case from the next: names in quotes and numbers.
std::string shape_of(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto digit = [&](std::size_t k) {
      return k < text.size() && std::isdigit(static_cast<unsigned char>(text[k])) != 0;
    };
    if (text[i] == '"' || text[i] == '\'') {
      const auto end = text.find(text[i], i + 1);
      // An apostrophe closes nothing.
      if (end != std::string_view::npos) {
        out += "\"\"";
        i = end + 1;
        continue;
      }
    }
    // A digit within a word belongs to its name: "f32".
    const bool in_word = i > 0 && std::isalpha(static_cast<unsigned char>(text[i - 1])) != 0;
    if (digit(i) && !in_word) {
      out += '#';
      while (digit(i) ||
             (i < text.size() && std::string_view(".e+-").find(text[i]) != std::string_view::npos))
        ++i;
      continue;
    }
    out += text[i++];
  }
  return out;
}

/// The words that all texts have in the same place; "…" stands for the others. Empty when the texts
/// do not have equally many.
std::string shared_words(const std::vector<std::string_view>& texts) {
  auto words = split(texts.front(), ' ');
  std::vector<bool> same(words.size(), true);
  for (const auto text : texts) {
    const auto others = split(text, ' ');
    if (others.size() != words.size()) return {};
    for (std::size_t i = 0; i < words.size(); ++i) same[i] = same[i] && others[i] == words[i];
  }
  std::vector<std::string_view> out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (same[i])
      out.push_back(words[i]);
    else if (out.empty() || out.back() != "…")
      out.emplace_back("…");
  }
  return join(out, " ");
}

std::string shared_part(const std::vector<const Diagnostic*>& members,
                        std::string_view (*part)(std::string_view)) {
  std::vector<std::string_view> texts;
  for (const Diagnostic* d : members) texts.push_back(part(d->error.message));
  return shared_words(texts);
}

std::string_view whole(std::string_view message) { return message; }

/// "12 ops stay in f32: the reason", "7 times: what the messages share".
std::string counted(const std::vector<const Diagnostic*>& members) {
  const Code code = members.front()->error.code;
  const auto* const plural = std::find_if(kPlurals.begin(), kPlurals.end(),
                                          [&](const Plural& p) { return p.code == code; });
  if (plural != kPlurals.end()) {
    const std::string reason = shared_part(members, reason_of);
    return cat(members.size(), " ", plural->phrase, reason.empty() ? "" : ": ", reason);
  }
  const std::string text = shared_part(members, whole);
  return cat(members.size(), " times: ", text.empty() ? std::string(info_of(code).title) : text);
}

std::string place_of(const Where& where) {
  if (!where.node.empty()) return cat("node ", quote(where.node));
  return where.op;
}

}  // namespace

std::string DiagnosticGroup::to_string() const {
  const Error& e = first().error;
  const bool same_file = std::all_of(members.begin(), members.end(), [&](const Diagnostic* d) {
    return d->error.where.file == e.where.file;
  });
  std::string out = same_file && !e.where.file.empty() ? e.where.file + ": " : "";
  const std::string place = place_of(e.where);
  if (members.size() == 1) {
    out += e.message;
    if (!place.empty()) out += cat(" (", place, ")");
    return out;
  }
  out += counted(members);
  if (!place.empty()) out += cat(" (first: ", place, ")");
  return out;
}

std::vector<DiagnosticGroup> grouped(const std::vector<Diagnostic>& all) {
  std::vector<DiagnosticGroup> groups;
  std::map<std::string, std::size_t> index;
  for (const Diagnostic& d : all) {
    const std::string key =
        cat(name_of(d.severity), "|", d.error.code, "|", shape_of(reason_of(d.error.message)));
    const auto [it, fresh] = index.try_emplace(key, groups.size());
    if (fresh) groups.emplace_back();
    groups[it->second].members.push_back(&d);
  }
  return groups;
}

}  // namespace corecast
