#include <cctype>

#include "api/model.h"
#include "base/strings.h"

namespace corecast::api {
namespace {

Error bad(const std::string& text, const std::string& why) {
  return Error(Code::E1001, cat("cannot read the input option ", quote(text), ": ", why),
               "write for example \"x[1,3,224,224]\", \"ids[batch=1..8,seq]\", \"seq=1..512\" or "
               "\"sr=16000\"");
}

bool is_name(std::string_view s) {
  if (s.empty() || std::isdigit(static_cast<unsigned char>(s[0]))) return false;
  for (const char c : s) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '.' && c != ':' &&
        c != '/' && c != '-')
      return false;
  }
  return true;
}

// "1..512", "1..", "{1,4,8}", "4": what follows a size's name.
bool parse_size(std::string_view text, InputSpec& spec, const std::string& symbol) {
  ir::SymbolRange range;
  if (const auto dots = text.find(".."); dots != std::string_view::npos) {
    if (!parse_int(trim(text.substr(0, dots)), range.lo) || range.lo < 0) return false;
    const auto high = trim(text.substr(dots + 2));
    if (!high.empty() && (!parse_int(high, range.hi) || range.hi < range.lo)) return false;
  } else if (text.starts_with("{") && text.ends_with("}")) {
    for (const auto part : split(text.substr(1, text.size() - 2), ',')) {
      std::int64_t v;
      if (!parse_int(trim(part), v) || v < 1) return false;
      spec.enumerated.push_back(v);
      range.lo = spec.enumerated.size() == 1 ? v : std::min(range.lo, v);
      range.hi = std::max(range.hi, v);
    }
  } else if (std::int64_t v; parse_int(text, v) && v >= 0) {
    range.lo = range.hi = v;
  } else {
    return false;
  }
  spec.ranges[symbol] = range;
  return true;
}

// Splits at commas outside braces.
std::vector<std::string_view> dims_of(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
    if (text[i] == ',' && depth == 0) {
      parts.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  parts.push_back(text.substr(begin));
  return parts;
}

/// "seq=1..512", "batch={1,4,8}", "sr=16000": `equals` is where the '=' stands in `all`.
Result<InputSpec> parse_value(const std::string& text, std::string_view all, std::size_t equals) {
  InputSpec spec;
  spec.name = std::string(trim(all.substr(0, equals)));
  const auto value = trim(all.substr(equals + 1));
  if (spec.name.empty()) return bad(text, "there is no name");
  if (double number; parse_double(value, number)) spec.value = number;  // an input's, or a size
  if (!parse_size(value, spec, spec.name) && !spec.value)
    return bad(text, cat(quote(value), " is neither a number nor a range"));
  return spec;
}

/// What stands between the brackets: "batch=1..8,3,seq". Ranges of symbols go into `spec`.
Result<ir::Shape> parse_shape(const std::string& text, std::string_view inside, InputSpec& spec) {
  ir::Shape shape;
  for (const auto part : inside.empty() ? std::vector<std::string_view>{} : dims_of(inside)) {
    const auto dim = trim(part);
    std::int64_t v;
    if (parse_int(dim, v)) {
      if (v < 0) return bad(text, cat("size ", v, " is negative"));
      shape.emplace_back(v);
      continue;
    }
    const auto eq = dim.find('=');
    const auto symbol = trim(dim.substr(0, eq));
    if (!is_name(symbol)) return bad(text, cat(quote(dim), " is no size"));
    if (eq != std::string_view::npos &&
        !parse_size(trim(dim.substr(eq + 1)), spec, std::string(symbol)))
      return bad(text, cat(quote(dim.substr(eq + 1)), " is no range"));
    const auto range = spec.ranges.find(symbol);
    if (range != spec.ranges.end() && range->second.lo == range->second.hi)
      shape.emplace_back(range->second.lo);
    else
      shape.push_back(ir::Dim::symbol(symbol));
  }
  return shape;
}

}  // namespace

Result<InputSpec> parse_input(const std::string& text) {
  const std::string_view all = trim(text);
  const auto bracket = all.find('[');
  const auto equals = all.find('=');
  if (equals != std::string_view::npos && (bracket == std::string_view::npos || equals < bracket))
    return parse_value(text, all, equals);
  InputSpec spec;
  spec.name = std::string(trim(all.substr(0, std::min(bracket, all.find('{')))));
  if (spec.name.empty()) return bad(text, "there is no name");
  std::string_view rest = all.substr(std::min(spec.name.size(), all.size()));
  if (bracket != std::string_view::npos) {
    // The last ']' before an optional {dtype}: sizes may hold braces of their own.
    const auto close = all.rfind(']');
    if (close == std::string_view::npos || close < bracket)
      return bad(text, "the bracket is not closed");
    TRY(spec.shape, parse_shape(text, trim(all.substr(bracket + 1, close - bracket - 1)), spec));
    rest = all.substr(close + 1);
  }
  rest = trim(rest);
  if (rest.empty() && !spec.shape) return bad(text, "it gives no shape, size or value");
  if (!rest.empty()) {
    if (!rest.starts_with("{") || !rest.ends_with("}"))
      return bad(text, cat("what does ", quote(rest), " mean?"));
    const auto name = rest.substr(1, rest.size() - 2);
    spec.dtype = ir::dtype_from_name(name);
    if (!spec.dtype)
      return bad(text, cat(quote(name), " is no element type; f32, f16, i32 and bool are some"));
  }
  return spec;
}

}  // namespace corecast::api
