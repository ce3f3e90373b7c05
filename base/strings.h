// Small string helpers. Numbers print independently of the locale.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace corecast {

inline void append_to(std::string& out, std::string_view s) { out += s; }
inline void append_to(std::string& out, const char* s) { out += s; }
inline void append_to(std::string& out, char c) { out += c; }
inline void append_to(std::string& out, bool b) { out += b ? "true" : "false"; }
/// Shortest text that reads back to the same value; "nan", "inf", "-inf".
void append_to(std::string& out, double v);
void append_to(std::string& out, float v);
template <std::integral T>
  requires(!std::same_as<T, bool> && !std::same_as<T, char>)
void append_to(std::string& out, T v) {
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, v).ptr;
  out.append(buffer, end);
}

/// cat("dim ", 3, " of ", name): concatenates anything that append_to takes.
template <class... Args>
std::string cat(const Args&... args) {
  std::string out;
  (append_to(out, args), ...);
  return out;
}

/// "a, b, c" of a range of things that append_to takes.
template <class Range>
std::string join(const Range& range, std::string_view separator = ", ") {
  std::string out;
  bool first = true;
  for (const auto& item : range) {
    if (!first) out += separator;
    first = false;
    append_to(out, item);
  }
  return out;
}

std::vector<std::string_view> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
/// Whole-string parses; false when anything is left over or out of range.
bool parse_int(std::string_view text, std::int64_t& value);
bool parse_double(std::string_view text, double& value);
/// Quotes with \", \\, \n, \t and \xHH for other control bytes.
std::string quote(std::string_view text);
/// The nearest of `candidates` to `word` by edit distance, or empty when none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace corecast
