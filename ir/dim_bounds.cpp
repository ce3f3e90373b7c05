// Bounds of dims: interval arithmetic over symbols of 1 and more.
#include <algorithm>

#include "ir/dim_expr.h"

namespace corecast::ir {
namespace {

struct Bounds {
  std::optional<std::int64_t> lo, hi;
};
Bounds bounds_of(const Dim& d);

Bounds bounds_of(const Atom& atom) {
  if (atom.kind == AtomKind::symbol) return {1, std::nullopt};
  const Bounds a = bounds_of(atom.a);
  const Bounds b = bounds_of(atom.b);
  if (atom.kind == AtomKind::floor_div) {
    Bounds r;
    if (a.lo && *a.lo >= 0 && b.lo && *b.lo > 0) {
      r.lo = b.hi ? floor_div_int(*a.lo, *b.hi) : 0;
      if (a.hi) r.hi = floor_div_int(*a.hi, *b.lo);
    } else if (atom.b.is_constant() && atom.b.value() > 0) {
      if (a.lo) r.lo = floor_div_int(*a.lo, atom.b.value());
      if (a.hi) r.hi = floor_div_int(*a.hi, atom.b.value());
    }
    return r;
  }
  Bounds r;
  if (atom.kind == AtomKind::max) {
    if (a.lo || b.lo) r.lo = std::max(a.lo.value_or(INT64_MIN), b.lo.value_or(INT64_MIN));
    if (a.hi && b.hi) r.hi = std::max(*a.hi, *b.hi);
  } else {
    if (a.lo && b.lo) r.lo = std::min(*a.lo, *b.lo);
    if (a.hi || b.hi) r.hi = std::min(a.hi.value_or(INT64_MAX), b.hi.value_or(INT64_MAX));
  }
  return r;
}

Bounds multiply(const Bounds& x, const Bounds& y) {
  if (!x.lo || !y.lo || *x.lo < 0 || *y.lo < 0) return {};  // sizes are what we care about
  Bounds r{saturating_mul(*x.lo, *y.lo), std::nullopt};
  if (x.hi && y.hi) r.hi = saturating_mul(*x.hi, *y.hi);
  return r;
}

Bounds bounds_of(const Dim& d) {
  if (d.is_constant()) return {d.value(), d.value()};
  Bounds sum{0, 0};
  for (const auto& t : DimExpr::get(d)->terms) {
    Bounds product{1, 1};
    for (const auto& atom : t.atoms) product = multiply(product, bounds_of(atom));
    if (t.factor < 0) std::swap(product.lo, product.hi);
    auto add = [&](std::optional<std::int64_t>& into, const std::optional<std::int64_t>& v) {
      if (into && v)
        into = saturating_add(*into, saturating_mul(*v, t.factor));
      else
        into.reset();
    };
    add(sum.lo, product.lo);
    add(sum.hi, product.hi);
  }
  return sum;
}

}  // namespace

std::optional<std::int64_t> Dim::lower_bound() const { return bounds_of(*this).lo; }
std::optional<std::int64_t> Dim::upper_bound() const { return bounds_of(*this).hi; }

}  // namespace corecast::ir
