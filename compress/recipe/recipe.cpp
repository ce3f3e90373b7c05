#include "compress/recipe/recipe.h"

#include <algorithm>

#include "base/strings.h"

namespace corecast::compress {

Recipe uniform_recipe(Scheme scheme) {
  Recipe r;
  r.rules.push_back({{}, std::move(scheme)});
  return r;
}

bool matches_pattern(std::string_view pattern, std::string_view text) {
  // Greedy with one point of return: linear in practice, never exponential.
  std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool matches(const RuleMatch& m, const RuleSubject& s) {
  if (s.elements < m.min_elements) return false;
  if (m.max_elements && s.elements > *m.max_elements) return false;
  const auto any_name = [&](std::string_view text, const std::vector<std::string>& patterns) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& p) { return matches_pattern(p, text); });
  };
  if (!m.names.empty() && !any_name(s.name, m.names)) return false;
  return m.ops.empty() || std::any_of(s.ops.begin(), s.ops.end(),
                                      [&](std::string_view op) { return any_name(op, m.ops); });
}

}  // namespace corecast::compress
