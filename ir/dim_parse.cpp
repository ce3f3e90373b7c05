// Dims from their printed form.
#include <cctype>

#include "base/strings.h"
#include "ir/dim.h"

namespace corecast::ir {
namespace {

// Recursive descent over the printed form.
class DimParser {
 public:
  explicit DimParser(std::string_view text) : text_(text) {}
  std::optional<Dim> parse() {
    auto d = sum();
    if (!d || (skip(), pos_ != text_.size())) return std::nullopt;
    return d;
  }

 private:
  void skip() {
    while (pos_ < text_.size() && text_[pos_] == ' ') ++pos_;
  }
  bool eat(char c) {
    skip();
    if (pos_ >= text_.size() || text_[pos_] != c) return false;
    ++pos_;
    return true;
  }
  std::optional<Dim> sum() {
    auto left = product();
    while (left) {
      if (eat('+')) {
        auto right = product();
        if (!right) return std::nullopt;
        left = *left + *right;
      } else if (eat('-')) {
        auto right = product();
        if (!right) return std::nullopt;
        left = *left - *right;
      } else {
        break;
      }
    }
    return left;
  }
  std::optional<Dim> product() {
    auto left = factor();
    while (left) {
      const char op = eat('*') ? '*' : eat('/') ? '/' : eat('%') ? '%' : 0;
      if (!op) break;
      auto right = factor();
      if (!right || (op != '*' && *right == Dim(0))) return std::nullopt;
      left = op == '*' ? *left * *right : op == '/' ? floor_div(*left, *right) : mod(*left, *right);
    }
    return left;
  }
  std::optional<Dim> factor() {
    if (++depth_ > 64) return std::nullopt;
    auto result = factor_inner();
    --depth_;
    return result;
  }
  std::optional<Dim> factor_inner() {
    if (eat('-')) {
      if (const auto lowest = lowest_int()) return lowest;
      auto d = factor();
      if (!d) return std::nullopt;
      return -*d;
    }
    if (eat('(')) {
      auto d = sum();
      return d && eat(')') ? d : std::nullopt;
    }
    skip();
    const std::size_t begin = pos_;
    while (pos_ < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[pos_])) || text_[pos_] == '_' ||
            text_[pos_] == '.' || text_[pos_] == '?' || text_[pos_] == '$'))
      ++pos_;
    const auto word = text_.substr(begin, pos_ - begin);
    if (word.empty()) return std::nullopt;
    if (std::isdigit(static_cast<unsigned char>(word[0]))) {
      std::int64_t v;
      return parse_int(word, v) ? std::optional(Dim(v)) : std::nullopt;
    }
    if ((word == "max" || word == "min") && eat('(')) {
      auto a = sum();
      if (!a || !eat(',')) return std::nullopt;
      auto b = sum();
      if (!b || !eat(')')) return std::nullopt;
      return word == "max" ? max(*a, *b) : min(*a, *b);
    }
    return Dim::symbol(word);
  }

  /// 9223372036854775808, whose opposite is a number and which is none itself.
  std::optional<Dim> lowest_int() {
    constexpr std::string_view digits = "9223372036854775808";
    if (text_.substr(pos_, digits.size()) != digits) return std::nullopt;
    pos_ += digits.size();
    return Dim(INT64_MIN);
  }

  std::string_view text_;
  std::size_t pos_ = 0;
  int depth_ = 0;
};

}  // namespace

std::optional<Dim> Dim::parse(std::string_view text) { return DimParser(text).parse(); }

}  // namespace corecast::ir
