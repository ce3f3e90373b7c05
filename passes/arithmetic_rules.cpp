// Canonical spellings of casts and arithmetic.
//
// Given                                     Result
//   identity(x)                             x
//   cast<f16>(x: f16)                       x
//   cast<i32>(cast<f32>(x: f16))            cast<i32>(x)       (the inner cast loses nothing)
//   x + 0, x - 0, x * 1, x / 1, x ^ 1       x
//   x * x, x ^ 2                            square(x)
//   not not x, neg neg x, relu(relu(x))     x, x, relu(x)
//   clip(x, 0, inf), clip(x, 0, 6)          relu(x), relu6(x)
//   min(max(x, a), b), min(relu(x), b)      clip(x, a, b), clip(x, 0, b)
//   select(true, a, b)                      a
#include <cmath>
#include <limits>

#include "ops/activation/activation.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/select.h"
#include "ops/shape/identity.h"
#include "passes/canonicalize.h"

namespace corecast::passes {

using ir::DType;

namespace {

/// x in place of the root, where that changes neither shape nor dtype.
ValueId same(Match& m, ValueId x) { return m.type(x) == m.result_type() ? x : ValueId(); }
ValueId forward(Match& m) { return same(m, m["x"]); }

int significand_bits(DType d) {
  switch (d) {
    case DType::f64: return 53;
    case DType::f32: return 24;
    case DType::f16: return 11;
    case DType::bf16: return 8;
    default: return 0;
  }
}

/// Whether every value of `from` has its own value in `to`.
bool widens(DType from, DType to) {
  if (from == to || from == DType::boolean) return to != DType::string;
  if (ir::is_floating(from)) {
    const bool plain = significand_bits(from) > 0 && significand_bits(to) >= significand_bits(from);
    // bf16 has a wider exponent range than f16, and fewer digits.
    return plain && !(from == DType::bf16 && to == DType::f16);
  }
  const int value_bits = ir::bits_of(from) - (ir::is_signed(from) ? 1 : 0);
  if (ir::is_floating(to)) return value_bits <= significand_bits(to);
  if (!ir::is_integer(to) || (ir::is_signed(from) && !ir::is_signed(to))) return false;
  return value_bits <= ir::bits_of(to) - (ir::is_signed(to) ? 1 : 0);
}

ValueId fold_cast(Match& m) {
  const auto outer = m.root_op<op::Cast>();
  if (m.type(outer.x).dtype == outer.dtype) return same(m, outer.x);
  const auto inner = m.function().def_if<op::Cast>(outer.x);
  if (!inner || !widens(m.type(inner->x).dtype, m.type(outer.x).dtype)) return {};
  if (m.type(inner->x).dtype == outer.dtype) return same(m, inner->x);
  return m.add(op::Cast{.x = inner->x, .dtype = outer.dtype});
}

ValueId fold_clip(Match& m) {
  const auto clip = m.root_op<op::Clip>();
  const double inf = std::numeric_limits<double>::infinity();
  if (clip.alpha == -inf && clip.beta == inf) return same(m, clip.x);
  if (clip.alpha == 0 && clip.beta == inf) return m.add(op::Relu{.x = clip.x});
  if (clip.alpha == 0 && clip.beta == 6) return m.add(op::Relu6{.x = clip.x});
  return {};
}

/// A clip of floats with scalar limits in order.
ValueId make_clip(Match& m) {
  const auto lo = m.has("lo") ? uniform_constant(m.function(), m["lo"]) : 0.0,
             hi = uniform_constant(m.function(), m["hi"]);
  if (!lo || !hi || !(*lo < *hi) || !ir::is_floating(m.result_type().dtype)) return {};
  if (!(m.type("x") == m.result_type())) return {};
  return m.add(op::Clip{.x = m["x"], .alpha = *lo, .beta = *hi});
}

ValueId choose(Match& m) {
  const auto select = m.root_op<op::Select>();
  const auto cond = uniform_constant(m.function(), select.cond);
  if (!cond) return {};
  return same(m, *cond != 0 ? select.a : select.b);
}

/// x * x; the types of both factors are one, so is the result's.
ValueId square(Match& m) { return m.add(op::Square{.x = m["x"]}); }

bool in_mil_square(const Match& m, ValueId v) {
  const DType d = m.type(v).dtype;
  return d == DType::f16 || d == DType::f32 || d == DType::i32;
}

}  // namespace

const RuleSet& arithmetic_rules() {
  const Pattern x = var("x");
  static const RuleSet rules = {
      rule("drop-identity", is<op::Identity>(x), forward),
      rule("fold-cast", is<op::Cast>(), fold_cast),
      rule("add-zero", x + exactly(0), forward),
      rule("sub-zero", x - exactly(0), forward),
      rule("mul-one", x * exactly(1), forward),
      rule("div-one", x / exactly(1), forward),
      rule("pow-one", is<op::Pow>(x, exactly(1)), forward),
      rule("pow-two", is<op::Pow>(x.where(in_mil_square), exactly(2)),
           [](Match& m) { return m.type("x") == m.result_type() ? square(m) : ValueId(); }),
      rule("mul-self", x.where(in_mil_square) * x, square),
      rule("not-not", is<op::LogicalNot>(is<op::LogicalNot>(x).shared()), forward),
      rule("neg-neg", is<op::Neg>(is<op::Neg>(x).shared()), forward),
      rule("relu-relu", is<op::Relu>(is<op::Relu>().named("x").shared()), forward),
      rule("clip", is<op::Clip>(), fold_clip),
      rule("min-max", is<op::Minimum>(is<op::Maximum>(x, any_constant("lo")), any_constant("hi")),
           make_clip),
      rule("max-min", is<op::Maximum>(is<op::Minimum>(x, any_constant("hi")), any_constant("lo")),
           make_clip),
      rule("min-relu", is<op::Minimum>(is<op::Relu>(x), any_constant("hi")), make_clip),
      rule("select-constant", is<op::Select>(), choose),
  };
  return rules;
}

}  // namespace corecast::passes
