// Maxima and minima of dims: chains without operands that never matter.
#include <algorithm>

#include "ir/dim_expr.h"

namespace corecast::ir {
namespace {

// INT64_MAX (and PyTorch's near misses) as "to the end" is larger than any size.
constexpr std::int64_t kEndless = INT64_MAX / 4;

/// The operands of a chain max(a,max(b,c)), or min; any other dim is a chain of itself.
void append_operands(AtomKind kind, const Dim& d, std::vector<Dim>& to) {
  const DimExpr* e = DimExpr::get(d);
  const bool chain = e && e->terms.size() == 1 && e->terms[0].factor == 1 &&
                     e->terms[0].atoms.size() == 1 && e->terms[0].atoms[0].kind == kind;
  if (!chain) return to.push_back(d);
  append_operands(kind, e->terms[0].atoms[0].a, to);
  append_operands(kind, e->terms[0].atoms[0].b, to);
}

/// What d is a maximum (a minimum) of, sums with one spread: max(x,y)+1 is one of x+1 and y+1.
std::vector<Dim> parts_of(AtomKind kind, const Dim& d) {
  std::vector<Dim> parts;
  if (const DimExpr* e = DimExpr::get(d)) {
    for (const Term& t : e->terms) {
      if (t.factor != 1 || t.atoms.size() != 1 || t.atoms[0].kind != kind) continue;
      const Dim chain = DimExpr::make({t}), rest = d - chain;
      append_operands(kind, chain, parts);
      for (Dim& part : parts) part = part + rest;
      return parts;
    }
  }
  return {d};
}

/// Whether d is 0 or more for all symbols, as far as can be told: a maximum is no less than each of
/// its operands, a minimum no more.
bool never_negative(const Dim& d, int depth = 3) {
  if (d.lower_bound() >= 0) return true;
  if (d.is_constant() || depth == 0) return false;
  for (const Term& t : DimExpr::get(d)->terms) {
    if (t.atoms.size() != 1) continue;
    const Atom& atom = t.atoms[0];
    if (atom.kind != (t.factor > 0 ? AtomKind::max : AtomKind::min)) continue;
    const Dim rest = d - DimExpr::make({t});
    for (const Dim* operand : {&atom.a, &atom.b}) {
      if (never_negative(rest + Dim(t.factor) * *operand, depth - 1)) return true;
    }
  }
  return false;
}

/// Whether a stands in for b in a maximum (a minimum): it is never less (more).
bool stands_in(AtomKind kind, const Dim& a, const Dim& b) {
  if (kind == AtomKind::max) return never_negative(a - b);
  if (b.is_constant() && b.value() > kEndless && !a.is_constant()) return true;
  return never_negative(b - a);
}

/// Whether operand i never matters beside the others.
bool is_idle(AtomKind kind, const std::vector<Dim>& operands, std::size_t i) {
  const std::vector<Dim> parts = parts_of(kind, operands[i]);
  return std::all_of(parts.begin(), parts.end(), [&](const Dim& part) {
    for (std::size_t k = 0; k < operands.size(); ++k) {
      if (k != i && stands_in(kind, operands[k], part)) return true;
    }
    return false;
  });
}

/// The canonical chain: operands that matter, sorted by their text.
Dim extreme(AtomKind kind, const Dim& a, const Dim& b) {
  std::vector<Dim> operands;
  append_operands(kind, a, operands);
  append_operands(kind, b, operands);
  std::sort(operands.begin(), operands.end(),
            [](const Dim& x, const Dim& y) { return x.to_string() < y.to_string(); });
  for (std::size_t i = operands.size(); i-- > 0;) {
    if (is_idle(kind, operands, i))
      operands.erase(operands.begin() + static_cast<std::ptrdiff_t>(i));
  }
  Dim chain = operands.back();
  for (std::size_t i = operands.size() - 1; i-- > 0;)
    chain = function_dim(kind, operands[i], chain);
  return chain;
}

}  // namespace

Dim max(const Dim& a, const Dim& b) { return extreme(AtomKind::max, a, b); }
Dim min(const Dim& a, const Dim& b) { return extreme(AtomKind::min, a, b); }

}  // namespace corecast::ir
