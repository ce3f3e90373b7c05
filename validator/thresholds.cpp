#include "validator/thresholds.h"

#include <cmath>

#include "base/strings.h"

namespace corecast::validator {

std::string worst_element(const ir::Tensor& r, const ir::Tensor& c, const Thresholds& t) {
  for (std::int64_t i = 0; i < r.count(); ++i) {
    const double e = std::fabs(c.at(i) - r.at(i));
    if (e > t.atol.value_or(0) + t.rtol.value_or(0) * std::fabs(r.at(i))) {
      return cat("element ", i, " is ", c.at(i), ", the reference ", r.at(i));
    }
  }
  return {};
}

std::string violated(const Metrics& m, const Thresholds& t) {
  const auto below = [](const std::optional<double>& bound, double value, const char* name) {
    return bound && !(value >= *bound) ? cat(name, " is ", value, ", below ", *bound)
                                       : std::string();
  };
  for (const std::string& why :
       {below(t.psnr, m.psnr, "psnr"), below(t.sqnr, m.sqnr, "sqnr"),
        below(t.cosine, m.cosine, "cosine"), below(t.top1, m.top1, "top1")}) {
    if (!why.empty()) return why;
  }
  if (t.max_rel && !(m.max_rel <= *t.max_rel))
    return cat("max_rel is ", m.max_rel, ", above ", *t.max_rel);
  return {};
}

Result<Thresholds> parse_expectations(std::string_view text) {
  Thresholds t;
  for (const auto part : split(text, ',')) {
    const auto word = trim(part);
    if (word.empty()) continue;
    const bool upper = word.find("<=") != std::string_view::npos;
    const auto at = word.find(upper ? "<=" : ">=");
    double value;
    if (at == std::string_view::npos || !parse_double(trim(word.substr(at + 2)), value)) {
      return Error(Code::E1004, cat("cannot read the expectation ", quote(word)),
                   "write for example psnr>=40,top1>=0.995");
    }
    const auto name = trim(word.substr(0, at));
    const std::pair<std::string_view, std::optional<double>*> fields[] = {{"psnr", &t.psnr},
                                                                          {"sqnr", &t.sqnr},
                                                                          {"cosine", &t.cosine},
                                                                          {"top1", &t.top1},
                                                                          {"max_rel", &t.max_rel}};
    bool found = false;
    for (const auto& [field, slot] : fields) {
      if (field == name && upper == (field == "max_rel")) *slot = value, found = true;
    }
    if (!found) {
      return Error(Code::E1004, cat("unknown expectation ", quote(word)),
                   "known: psnr>=, sqnr>=, cosine>=, top1>=, max_rel<=");
    }
  }
  return t;
}

}  // namespace corecast::validator
