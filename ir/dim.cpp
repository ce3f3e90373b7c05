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
      out += factor < 0 ? "-" : "+";
      if (factor < 0 && factor != INT64_MIN) factor = -factor;
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

}  // namespace

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
  if (!a.expr_ && !b.expr_) return a.value_ < b.value_;
  return a.to_string() < b.to_string();
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
    if (t.factor % d.factor != 0) return std::nullopt;
    Term q{t.factor / d.factor, t.atoms};
    for (const auto& atom : d.atoms) {
      const auto it = std::find(q.atoms.begin(), q.atoms.end(), atom);
      if (it == q.atoms.end()) return std::nullopt;
      q.atoms.erase(it);
    }
    quotient.push_back(std::move(q));
  }
  return DimExpr::make(std::move(quotient));
}

Dim floor_div(const Dim& a, const Dim& b) {
  CC_CHECK(!(b == Dim(0)), "division of a dimension by zero");
  if (a.is_constant() && b.is_constant()) return floor_div_int(a.value(), b.value());
  if (auto exact = exact_div(a, b)) return *exact;
  if (!b.is_constant() || b.value() < 0) return function_dim(AtomKind::floor_div, a, b);
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
  // (x / j + c) / k = (x + c*j) / (j*k)
  const auto terms = DimExpr::terms_of(r);
  const Term* nested = nullptr;
  std::int64_t offset = 0;
  bool simple = true;
  for (const auto& t : terms) {
    if (t.atoms.empty())
      offset = t.factor;
    else if (!nested && t.factor == 1 && t.atoms.size() == 1 &&
             t.atoms[0].kind == AtomKind::floor_div && t.atoms[0].b.is_constant() &&
             t.atoms[0].b.value() > 0)
      nested = &t;
    else
      simple = false;
  }
  if (simple && nested) {
    const Dim j = nested->atoms[0].b;
    return w + floor_div(nested->atoms[0].a + Dim(offset) * j, j * Dim(k));
  }
  return w + function_dim(AtomKind::floor_div, r, b);
}

Dim ceil_div(const Dim& a, const Dim& b) { return floor_div(a + b - Dim(1), b); }
Dim mod(const Dim& a, const Dim& b) { return a - b * floor_div(a, b); }

Dim max(const Dim& a, const Dim& b) {
  const Dim difference = a - b;
  if (difference.lower_bound() >= 0) return a;
  if (const auto most = difference.upper_bound(); most && *most <= 0) return b;
  return a < b ? function_dim(AtomKind::max, a, b) : function_dim(AtomKind::max, b, a);
}

Dim min(const Dim& a, const Dim& b) {
  // INT64_MAX (and PyTorch's near misses) as "to the end" is larger than any size.
  constexpr std::int64_t huge = INT64_MAX / 4;
  if (a.is_constant() && a.value() > huge) return b;
  if (b.is_constant() && b.value() > huge) return a;
  const Dim difference = a - b;
  if (difference.lower_bound() >= 0) return b;
  if (const auto most = difference.upper_bound(); most && *most <= 0) return a;
  return a < b ? function_dim(AtomKind::min, a, b) : function_dim(AtomKind::min, b, a);
}

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

std::optional<std::int64_t> Dim::evaluate(const SymbolValues& values) const {
  if (is_constant()) return value_;
  const Dim d = rebuild(*this, [&](const std::string& name) {
    const auto it = values.find(name);
    return it == values.end() ? Dim::symbol(name) : Dim(it->second);
  });
  return d.constant();
}

Dim Dim::substitute(const Symbols& replacements) const {
  return rebuild(*this, [&](const std::string& name) {
    const auto it = replacements.find(name);
    return it == replacements.end() ? Dim::symbol(name) : it->second;
  });
}

}  // namespace corecast::ir
