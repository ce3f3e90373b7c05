#include "ir/text_scanner.h"

namespace corecast::ir {

std::string TextScanner::place(std::size_t pos) const {
  std::size_t line = 1, column = 1;
  for (std::size_t i = 0; i < pos && i < text_.size(); ++i) {
    ++column;
    if (text_[i] == '\n') {
      ++line;
      column = 1;
    }
  }
  return cat(line, ":", column);
}

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

bool TextScanner::string(std::string& out) {
  out.clear();
  if (peek() != '"') return fail("expected a string", found());
  const std::size_t begin = pos_++;
  while (pos_ < text_.size()) {
    const char c = text_[pos_++];
    if (c == '"') return !failed();
    if (c != '\\') {
      out += c;
      continue;
    }
    const char escape = pos_ < text_.size() ? text_[pos_++] : '\0';
    switch (escape) {
      case 'n': out += '\n'; break;
      case 't': out += '\t'; break;
      case '"':
      case '\\': out += escape; break;
      case 'x': {
        const int high = pos_ < text_.size() ? hex_digit(text_[pos_]) : -1;
        const int low = pos_ + 1 < text_.size() ? hex_digit(text_[pos_ + 1]) : -1;
        if (high < 0 || low < 0) return fail("\\x needs two hexadecimal digits");
        out += static_cast<char>(high * 16 + low);
        pos_ += 2;
        break;
      }
      default: return fail("unknown escape in a string");
    }
  }
  return fail_at(begin, "string without an end");
}

}  // namespace corecast::ir
