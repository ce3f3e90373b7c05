// What a Dim that is no number points to, and the arithmetic of its coefficients. For ir/dim*.cpp
// only.
#pragma once

#include "base/check.h"
#include "ir/dim.h"

namespace corecast::ir {

enum class AtomKind : std::uint8_t { symbol, floor_div, max, min };

struct Atom {
  AtomKind kind = AtomKind::symbol;
  std::string name;  // symbol
  Dim a, b;          // operands of the others
  std::string text;  // canonical; identity and order

  friend bool operator<(const Atom& x, const Atom& y) { return x.text < y.text; }
  friend bool operator==(const Atom& x, const Atom& y) { return x.text == y.text; }
};

struct Term {
  std::int64_t factor = 1;
  std::vector<Atom> atoms;  // sorted; empty for the constant term

  std::string key() const {
    std::string k;
    for (const auto& atom : atoms) (k += '*') += atom.text;
    return k;
  }
};

struct DimExpr {
  std::vector<Term> terms;  // sorted by key, no zero factors
  std::string text;

  static const std::vector<Term> terms_of(const Dim& d) {
    if (d.expr_) return d.expr_->terms;
    if (d.value_ == 0) return {};
    return {Term{d.value_, {}}};
  }
  static Dim make(std::vector<Term> terms);
  static const DimExpr* get(const Dim& d) { return d.expr_.get(); }
};

/// An atom of two operands, which must be in canonical form and order.
Dim function_dim(AtomKind kind, const Dim& a, const Dim& b);

inline std::int64_t floor_div_int(std::int64_t a, std::int64_t b) {
  CC_CHECK(b != 0, "division of a dimension by zero");
  if (b == -1) return a == INT64_MIN ? INT64_MAX : -a;
  const std::int64_t q = a / b;
  return (a % b != 0 && (a % b < 0) != (b < 0)) ? q - 1 : q;
}

// Overflowing shape arithmetic cannot describe a tensor; saturating keeps it a value that every
// later size check rejects.
inline std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
  std::int64_t r;
  if (!__builtin_add_overflow(a, b, &r)) return r;
  return a > 0 ? INT64_MAX : INT64_MIN;
}
inline std::int64_t saturating_mul(std::int64_t a, std::int64_t b) {
  std::int64_t r;
  if (!__builtin_mul_overflow(a, b, &r)) return r;
  return (a > 0) == (b > 0) ? INT64_MAX : INT64_MIN;
}

}  // namespace corecast::ir
