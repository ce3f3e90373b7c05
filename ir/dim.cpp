#include "ir/dim.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "base/bytes.h"
#include "base/check.h"
#include "base/strings.h"
#include "ir/dim_expr.h"

namespace corecast::ir {

namespace {

using Symbols = std::map<std::string, Dim, std::less<>>;

std::string print_terms(const std::vector<Term>& terms) {
  std::string out;
  auto print = [&](const Term& t) {
    std::int64_t factor = t.factor;
    if (!out.empty()) {
      const bool subtracted = factor < 0 && factor != INT64_MIN;  // which has no opposite
      out += subtracted ? "-" : "+";
      if (subtracted) factor = -factor;
    } else if (factor == -1 && !t.atoms.empty()) {
      out += "-";
      factor = 1;
    }
    bool first = true;
    if (t.atoms.empty() || factor != 1) {
      append_to(out, factor);
      first = false;
    }
    for (const auto& atom : t.atoms) {
      if (!first) out += '*';
      first = false;
      out += atom.text;
    }
  };
  for (const auto& t : terms) {
    if (!t.atoms.empty()) print(t);
  }
  for (const auto& t : terms) {
    if (t.atoms.empty()) print(t);
  }
  return out;
}

// Parenthesised unless it reads as one operand of '/'.
std::string operand_text(const Dim& d) {
  const std::string text = d.to_string();
  const bool plain = text.find_first_of("+-*/") == std::string::npos;
  return plain ? text : "(" + text + ")";
}

Dim atom_dim(Atom atom) {
  Term t;
  t.atoms.push_back(std::move(atom));
  return DimExpr::make({std::move(t)});
}

}  // namespace

Dim function_dim(AtomKind kind, const Dim& a, const Dim& b) {
  Atom atom;
  atom.kind = kind;
  atom.a = a;
  atom.b = b;
  if (kind == AtomKind::floor_div) {
    atom.text = "(" + operand_text(a) + "/" + operand_text(b) + ")";
  } else {
    atom.text =
        (kind == AtomKind::max ? "max(" : "min(") + a.to_string() + "," + b.to_string() + ")";
  }
  return atom_dim(std::move(atom));
}

Dim DimExpr::make(std::vector<Term> terms) {
  std::map<std::string, Term> by_key;
  for (auto& t : terms) {
    auto key = t.key();
    auto [it, fresh] = by_key.try_emplace(std::move(key), t);
    if (!fresh) it->second.factor = saturating_add(it->second.factor, t.factor);
  }
  std::vector<Term> sorted;
  for (auto& [key, t] : by_key) {
    if (t.factor != 0) sorted.push_back(std::move(t));
  }
  if (sorted.empty()) return Dim(0);
  if (sorted.size() == 1 && sorted[0].atoms.empty()) return Dim(sorted[0].factor);
  auto expr = std::make_shared<DimExpr>();
  expr->text = print_terms(sorted);
  expr->terms = std::move(sorted);
  return Dim(std::shared_ptr<const DimExpr>(std::move(expr)));
}

Dim Dim::symbol(std::string_view name) {
  CC_CHECK(!name.empty(), "a dimension symbol needs a name");
  Atom atom;
  atom.name = std::string(name);
  atom.text = atom.name;
  return atom_dim(std::move(atom));
}

std::int64_t Dim::value() const {
  CC_CHECK(!expr_, "value() of the symbolic dimension " + to_string());
  return value_;
}

std::optional<std::string> Dim::as_symbol() const {
  if (!expr_ || expr_->terms.size() != 1) return std::nullopt;
  const Term& t = expr_->terms[0];
  if (t.factor != 1 || t.atoms.size() != 1 || t.atoms[0].kind != AtomKind::symbol)
    return std::nullopt;
  return t.atoms[0].name;
}

std::string Dim::to_string() const { return expr_ ? expr_->text : std::to_string(value_); }

bool operator==(const Dim& a, const Dim& b) {
  if (a.expr_ == b.expr_) return a.expr_ || a.value_ == b.value_;
  return a.expr_ && b.expr_ && a.expr_->text == b.expr_->text;
}

bool operator<(const Dim& a, const Dim& b) {
  if (!a.expr_ || !b.expr_) return !a.expr_ && (b.expr_ || a.value_ < b.value_);
  return a.expr_->text < b.expr_->text;
}

Dim operator+(const Dim& a, const Dim& b) {
  if (!a.expr_ && !b.expr_) return saturating_add(a.value_, b.value_);
  auto terms = DimExpr::terms_of(a);
  for (auto& t : DimExpr::terms_of(b)) terms.push_back(t);
  return DimExpr::make(std::move(terms));
}

Dim operator-(const Dim& a, const Dim& b) { return a + Dim(-1) * b; }

Dim operator*(const Dim& a, const Dim& b) {
  if (!a.expr_ && !b.expr_) return saturating_mul(a.value_, b.value_);
  std::vector<Term> product;
  for (const auto& x : DimExpr::terms_of(a)) {
    for (const auto& y : DimExpr::terms_of(b)) {
      Term t{saturating_mul(x.factor, y.factor), x.atoms};
      t.atoms.insert(t.atoms.end(), y.atoms.begin(), y.atoms.end());
      std::sort(t.atoms.begin(), t.atoms.end());
      product.push_back(std::move(t));
    }
  }
  return DimExpr::make(std::move(product));
}

std::optional<Dim> exact_div(const Dim& a, const Dim& b) {
  if (b == Dim(0)) return std::nullopt;
  if (a == b) return Dim(1);
  const auto divisor = DimExpr::terms_of(b);
  if (divisor.size() != 1) return std::nullopt;
  const Term& d = divisor[0];
  std::vector<Term> quotient;
  for (const auto& t : DimExpr::terms_of(a)) {
    const std::int64_t factor = floor_div_int(t.factor, d.factor);
    if (saturating_mul(factor, d.factor) != t.factor) return std::nullopt;
    Term q{factor, t.atoms};
    for (const auto& atom : d.atoms) {
      const auto it = std::find(q.atoms.begin(), q.atoms.end(), atom);
      if (it == q.atoms.end()) return std::nullopt;
      q.atoms.erase(it);
    }
    quotient.push_back(std::move(q));
  }
  return DimExpr::make(std::move(quotient));
}

namespace {

/// A division that stands for itself, unless its value is the same for all symbols.
Dim quotient(const Dim& a, const Dim& b) {
  Dim d = function_dim(AtomKind::floor_div, a, b);
  const auto least = d.lower_bound();
  return least && least == d.upper_bound() ? Dim(*least) : d;
}

/// x/j + c as the one division (x + c*j)/j, which divides further: with j > 0 a constant.
struct DividedSum {
  Dim dividend, divisor;
};
std::optional<DividedSum> as_division(const Dim& d) {
  const Term* division = nullptr;
  std::int64_t offset = 0;
  const auto terms = DimExpr::terms_of(d);
  for (const auto& t : terms) {
    if (t.atoms.empty()) {
      offset = t.factor;
    } else if (!division && t.factor == 1 && t.atoms.size() == 1 &&
               t.atoms[0].kind == AtomKind::floor_div && t.atoms[0].b.is_constant() &&
               t.atoms[0].b.value() > 0) {
      division = &t;
    } else {
      return std::nullopt;
    }
  }
  if (!division) return std::nullopt;
  const Dim& j = division->atoms[0].b;
  return DividedSum{division->atoms[0].a + Dim(offset) * j, j};
}

}  // namespace

Dim floor_div(const Dim& a, const Dim& b) {
  CC_CHECK(!(b == Dim(0)), "division of a dimension by zero");
  if (a.is_constant() && b.is_constant()) return floor_div_int(a.value(), b.value());
  if (auto exact = exact_div(a, b)) return *exact;
  if (!b.is_constant() || b.value() == INT64_MIN) return quotient(a, b);
  if (b.value() < 0) return floor_div(-a, -b);
  // (k*q + r) / k = q + r / k
  const std::int64_t k = b.value();
  std::vector<Term> whole, rest;
  for (const auto& t : DimExpr::terms_of(a)) {
    const std::int64_t q = floor_div_int(t.factor, k);
    if (q != 0) whole.push_back(Term{q, t.atoms});
    if (t.factor - q * k != 0) rest.push_back(Term{t.factor - q * k, t.atoms});
  }
  const Dim w = DimExpr::make(whole);
  const Dim r = DimExpr::make(rest);
  if (r.is_constant()) return w + floor_div_int(r.value(), k);
  if (const auto inner = as_division(r)) return w + floor_div(inner->dividend, inner->divisor * b);
  return w + quotient(r, b);
}

Dim ceil_div(const Dim& a, const Dim& b) { return floor_div(a + b - Dim(1), b); }
Dim mod(const Dim& a, const Dim& b) { return a - b * floor_div(a, b); }

namespace {

// Rebuilds `d` with `leaf` applied to every symbol.
template <class Leaf>
Dim rebuild(const Dim& d, const Leaf& leaf) {
  if (d.is_constant()) return d;
  Dim sum(0);
  for (const auto& t : DimExpr::get(d)->terms) {
    Dim product(t.factor);
    for (const auto& atom : t.atoms) {
      Dim v;
      switch (atom.kind) {
        case AtomKind::symbol: v = leaf(atom.name); break;
        case AtomKind::floor_div: {
          const Dim divisor = rebuild(atom.b, leaf);
          v = divisor == Dim(0) ? Dim(0) : floor_div(rebuild(atom.a, leaf), divisor);
          break;
        }
        case AtomKind::max: v = max(rebuild(atom.a, leaf), rebuild(atom.b, leaf)); break;
        case AtomKind::min: v = min(rebuild(atom.a, leaf), rebuild(atom.b, leaf)); break;
      }
      product = product * v;
    }
    sum = sum + product;
  }
  return sum;
}

void collect_symbols(const Dim& d, std::set<std::string>& into) {
  if (d.is_constant()) return;
  for (const auto& t : DimExpr::get(d)->terms) {
    for (const auto& atom : t.atoms) {
      if (atom.kind == AtomKind::symbol) {
        into.insert(atom.name);
      } else {
        collect_symbols(atom.a, into);
        collect_symbols(atom.b, into);
      }
    }
  }
}

}  // namespace

std::vector<std::string> Dim::symbols() const {
  std::set<std::string> set;
  collect_symbols(*this, set);
  return {set.begin(), set.end()};
}

namespace {

std::optional<std::int64_t> evaluated(const Atom& atom, const SymbolValues& values) {
  if (atom.kind == AtomKind::symbol) {
    const auto it = values.find(atom.name);
    return it == values.end() ? std::nullopt : std::optional(it->second);
  }
  const auto a = atom.a.evaluate(values), b = atom.b.evaluate(values);
  if (!a || !b) return std::nullopt;
  switch (atom.kind) {
    case AtomKind::max: return std::max(*a, *b);
    case AtomKind::min: return std::min(*a, *b);
    default: break;
  }
  if (*b == 0 || (*a == INT64_MIN && *b == -1)) return std::nullopt;
  return floor_div_int(*a, *b);
}

}  // namespace

std::optional<std::int64_t> Dim::evaluate(const SymbolValues& values) const {
  if (is_constant()) return value_;
  std::int64_t sum = 0;
  for (const auto& t : expr_->terms) {
    std::int64_t product = t.factor;
    for (const auto& atom : t.atoms) {
      const auto v = evaluated(atom, values);
      if (!v || __builtin_mul_overflow(product, *v, &product)) return std::nullopt;
    }
    if (__builtin_add_overflow(sum, product, &sum)) return std::nullopt;
  }
  return sum;
}

Dim Dim::substitute(const Symbols& replacements) const {
  return rebuild(*this, [&](const std::string& name) {
    const auto it = replacements.find(name);
    return it == replacements.end() ? Dim::symbol(name) : it->second;
  });
}

}  // namespace corecast::ir
