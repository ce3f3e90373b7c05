#include "validator/verdict.h"

#include <algorithm>
#include <iterator>

#include "base/strings.h"

namespace corecast::validator {
namespace {

struct Row {
  Verdict verdict;
  std::string_view title, name;
  bool acceptable;  ///< by name
};
constexpr Row kRows[] = {{Verdict::ok, "ok", "ok", false},
                         {Verdict::not_judged, "NOT JUDGED", "not-judged", true},
                         {Verdict::unfit, "UNFIT", "unfit", true},
                         {Verdict::failed, "FAILED", "failed", false}};

const Row& row(Verdict v) {
  return *std::find_if(std::begin(kRows), std::end(kRows),
                       [&](const Row& r) { return r.verdict == v; });
}

}  // namespace

std::string_view title_of(Verdict v) { return row(v).title; }
std::string_view name_of(Verdict v) { return row(v).name; }

Result<std::set<Verdict>> parse_accepted(std::string_view text) {
  std::set<Verdict> out;
  for (const auto part : split(text, ',')) {
    const auto word = trim(part);
    if (word.empty()) continue;
    const auto at = std::find_if(std::begin(kRows), std::end(kRows),
                                 [&](const Row& r) { return r.acceptable && r.name == word; });
    if (at == std::end(kRows))
      return Error(Code::E1004, cat("cannot accept ", quote(word)), "unfit, not-judged, or both");
    out.insert(at->verdict);
  }
  return out;
}

}  // namespace corecast::validator
