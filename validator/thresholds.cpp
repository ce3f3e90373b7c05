#include "base/strings.h"
#include "validator/validate.h"

namespace corecast::validator {

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
