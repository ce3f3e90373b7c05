#include "api/ranges.h"

#include <cmath>

#include "base/strings.h"

namespace corecast::api {

Result<RangeOf> parse_range(const std::string& text) {
  const auto bad = [&](std::string_view what) {
    return Error(Code::E1031, cat("cannot read --range-of ", quote(text), ": ", what),
                 "write NAME=LOW..HIGH, for example x=0..255");
  };
  const auto equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0) return bad("there is no NAME=");
  const std::string_view numbers = std::string_view(text).substr(equals + 1);
  const auto dots = numbers.find("..");
  RangeOf out{text.substr(0, equals)};
  if (dots == std::string_view::npos || !parse_double(trim(numbers.substr(0, dots)), out.low) ||
      !parse_double(trim(numbers.substr(dots + 2)), out.high))
    return bad("LOW..HIGH are no two numbers");
  if (!std::isfinite(out.low) || !std::isfinite(out.high)) return bad("the ends must be finite");
  if (out.low > out.high) return bad("the first number is larger than the second");
  return out;
}

Result<std::vector<RangeOf>> parse_ranges(const std::vector<std::string>& texts) {
  std::vector<RangeOf> out;
  for (const std::string& text : texts) {
    TRY(out.emplace_back(), parse_range(text));
  }
  return out;
}

}  // namespace corecast::api
