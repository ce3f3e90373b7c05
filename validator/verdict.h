// The four words of a validation.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/result.h"

namespace corecast::validator {

/// In the order of how bad they are: a report says the worst of its outputs.
enum class Verdict : unsigned char {
  ok,          ///< compared, and no further off than rounding explains
  not_judged,  ///< nothing, or too little, was compared
  unfit,       ///< what fp16, or the compression, must cause; and that is too much
  failed,      ///< computes something else
};

/// In tables: "ok", "NOT JUDGED", "UNFIT", "FAILED".
std::string_view title_of(Verdict v);
/// In JSON, Python and options: "ok", "not-judged", "unfit", "failed".
std::string_view name_of(Verdict v);

/// Words that a user takes for ok: "unfit", "not-judged", separated by commas. Errors: E1004.
Result<std::set<Verdict>> parse_accepted(std::string_view text);

}  // namespace corecast::validator
