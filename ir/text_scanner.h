// TextScanner: the lexical level of the text form. Sticky: after the first error nothing more is
// read.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ir/text_names.h"

namespace corecast::ir {

class TextScanner {
 public:
  explicit TextScanner(std::string_view text) : text_(text) {}

  bool failed() const { return error_.has_value(); }
  Error take_error() { return std::move(*error_); }
  /// Records the first error, at the current place; always false.
  template <class... Args>
  bool fail(const Args&... args) {
    return fail_at(pos_, args...);
  }
  template <class... Args>
  bool fail_at(std::size_t pos, const Args&... args) {
    if (!error_) error_ = Error(Code::E2110, cat(place(pos), ": ", args...));
    return false;
  }

  std::size_t pos() {
    skip();
    return pos_;
  }
  bool at_end() {
    skip();
    return pos_ >= text_.size();
  }
  char peek() {
    skip();
    return pos_ < text_.size() ? text_[pos_] : '\0';
  }
  bool accept(std::string_view token) {
    if (failed()) return false;
    skip();
    if (!text_.substr(pos_).starts_with(token)) return false;
    if (is_name_start(token[0]) && pos_ + token.size() < text_.size() &&
        is_name_char(text_[pos_ + token.size()])) {
      return false;  // a longer word
    }
    pos_ += token.size();
    return true;
  }
  bool expect(std::string_view token) {
    return accept(token) || fail("expected '", token, "'", found());
  }
  /// The longest run of characters that satisfy `pred`, right here.
  template <class Pred>
  std::string_view run(Pred pred) {
    const std::size_t begin = pos_;
    while (pos_ < text_.size() && pred(text_[pos_])) ++pos_;
    return text_.substr(begin, pos_ - begin);
  }
  /// Identifier; empty (and no error) when there is none.
  std::string_view word() {
    skip();
    if (failed() || pos_ >= text_.size() || !is_name_start(text_[pos_])) return {};
    return run(is_name_char);
  }
  /// Identifier or quoted string.
  bool name(std::string& out) {
    if (peek() == '"') return string(out);
    out = std::string(word());
    return !out.empty() || fail("expected a name", found());
  }
  bool string(std::string& out);
  bool integer(std::int64_t& out) {
    skip();
    const std::size_t begin = pos_;
    const std::string_view digits = run([](char c) { return c == '-' || (c >= '0' && c <= '9'); });
    return parse_int(digits, out) || fail_at(begin, "expected an integer");
  }
  /// A number, word or 0x-bits, as written.
  std::string_view number_text() {
    skip();
    return run([](char c) { return is_name_char(c) || c == '-' || c == '+'; });
  }
  bool floating(double& out) {
    const std::size_t begin = pos();
    const std::string_view text = number_text();
    return parse_double(text, out) || fail_at(begin, "expected a number");
  }
  /// ", found 'x'"
  std::string found() {
    if (at_end()) return ", found the end";
    return cat(", found '", text_.substr(pos_, 1), "'");
  }
  bool adjacent(char c) const { return pos_ < text_.size() && text_[pos_] == c; }
  bool take_adjacent(char c) { return adjacent(c) && ++pos_; }

 private:
  void skip() {
    while (pos_ < text_.size()) {
      const char c = text_[pos_];
      if (c == '#') {
        while (pos_ < text_.size() && text_[pos_] != '\n') ++pos_;
      } else if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
        ++pos_;
      } else {
        break;
      }
    }
  }
  std::string place(std::size_t pos) const;

  std::string_view text_;
  std::size_t pos_ = 0;
  std::optional<Error> error_;
};

}  // namespace corecast::ir
