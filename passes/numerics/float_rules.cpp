// Rules about floats: overflow, domains, divisors, numbers that vanish.
#include <cmath>

#include "ops/elementwise/elementwise_unary.h"
#include "ops/indexing/gather.h"
#include "ops/reduction/cumsum.h"
#include "ops/reduction/reduction.h"
#include "passes/numerics/relations.h"
#include "passes/numerics/site.h"

namespace corecast::passes::numerics {
namespace {

using In = Site::In;
using ir::Interval;

/// Where e^x and its relatives leave fp16 and fp32.
struct Growth {
  OpKind kind;
  double f16, f32;
};
constexpr Growth kGrowth[] = {{OpKind::Exp, 11.0898, 88.7228},
                              {OpKind::Exp2, 15.9993, 128},
                              {OpKind::Sinh, 11.7829, 89.4159},
                              {OpKind::Cosh, 11.7829, 89.4159}};

/// Sums over many elements, written as one op.
bool adds_up(OpKind kind) {
  return kind == OpKind::ReduceSum || kind == OpKind::ReduceSumSquare ||
         kind == OpKind::ReduceL1Norm || kind == OpKind::Cumsum || kind == OpKind::ReduceProd;
}

bool is_quotient(OpKind kind) {
  return kind == OpKind::RealDiv || kind == OpKind::Inverse || kind == OpKind::Rsqrt;
}

/// The numbers a function is defined for.
struct Domain {
  OpKind kind;
  Interval numbers;
  bool open;  ///< without the ends
  std::string_view text;
};
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr Domain kDomains[] = {{OpKind::Sqrt, {0, kInf}, false, "a square root"},
                               {OpKind::Log, {0, kInf}, true, "a logarithm"},
                               {OpKind::Rsqrt, {0, kInf}, true, "an inverse square root"},
                               {OpKind::Acos, {-1, 1}, false, "an inverse cosine"},
                               {OpKind::Asin, {-1, 1}, false, "an inverse sine"},
                               {OpKind::Acosh, {1, kInf}, false, "an inverse hyperbolic cosine"},
                               {OpKind::Atanh, {-1, 1}, true, "an inverse hyperbolic tangent"}};

/// What the op itself adds to its operand.
double own_epsilon(const Site& s) {
  if (const auto o = s.get_if<op::Log>()) return o->epsilon;
  if (const auto o = s.get_if<op::Rsqrt>()) return o->epsilon;
  if (const auto o = s.get_if<op::Inverse>()) return o->epsilon;
  return 0;
}

void powers(Site& s, const op::Pow& p) {
  const Known &x = s.of(p.x), &y = s.of(p.y);
  if (!s.is_float(p.x) || !s.is_telling(p.x)) return;
  const auto exponent = s.number(p.y);
  const bool whole = y.whole || (exponent && *exponent == std::floor(*exponent));
  if (!whole && x.range.lo < 0)
    s.report(Kind::domain, p.x, In::any, "a power of ", text_of(x.range),
             " with an exponent that is no whole number; negative numbers have none");
  if (y.range.lo < 0 && x.range.contains(0))
    s.report(Kind::divisor, p.x, In::any, "a negative power of ", text_of(x.range),
             ", which holds 0");
}

/// A small number that was added, or is the least that is let through, to guard what follows.
void guards(Site& s, ValueId x, double guard, std::string_view what) {
  const double size = std::fabs(guard);
  if (size == 0 || size >= kSmallestF16 || !s.of(x).range.contains(0)) return;
  s.report(Kind::vanishing, x, In::fp16, what, " ", text_of(guard), " to ", text_of(s.of(x).range),
           "; fp16 knows no number below 6e-8");
}

}  // namespace

void exponentials(Site& s) {
  for (const Growth& g : kGrowth) {
    if (s.kind() != g.kind) continue;
    const ValueId x = s.data().operands[0];
    if (!s.is_float(x) || !s.is_telling(x)) continue;
    const double most =
        g.kind == OpKind::Sinh || g.kind == OpKind::Cosh ? s.of(x).largest() : s.of(x).range.hi;
    if (most <= g.f16) continue;
    const bool even_f32 = most > g.f32;
    s.report(Kind::exponential, x, even_f32 ? In::any : In::fp16, s.data().schema->name, " of ",
             text_of(s.of(x).range), ": leaves ", even_f32 ? "fp32 from " : "fp16 from ",
             text_of(even_f32 ? g.f32 : g.f16), " on");
  }
  const auto p = s.get_if<op::Pow>();
  if (!p || !s.is_float(p->x) || !s.is_telling(p->y) || s.of(p->y).inputs == 0) return;
  const Known& result = s.of(s.data().results[0]);
  if (result.range.hi <= kLargestF16) return;
  s.report(Kind::exponential, p->y, result.range.hi > kLargestF32 ? In::any : In::fp16,
           "a power with exponents ", text_of(s.of(p->y).range), ": up to ",
           text_of(result.range.hi));
}

void domains(Site& s) {
  if (const auto p = s.get_if<op::Pow>()) return powers(s, *p);
  for (const Domain& d : kDomains) {
    if (s.kind() != d.kind) continue;
    const ValueId x = s.data().operands[0];
    if (!s.is_telling(x)) return;
    const Interval range = s.of(x).range + Interval::only(own_epsilon(s));
    // Sums round; a trace beyond the end is not meant.
    const double slack = 1e-6 * std::max(1.0, s.of(x).largest());
    const bool below = d.open ? range.lo <= d.numbers.lo : range.lo < d.numbers.lo - slack;
    const bool above =
        d.open ? range.hi >= d.numbers.hi && d.numbers.hi < kInf : range.hi > d.numbers.hi + slack;
    if (below || above) {
      s.report(Kind::domain, x, In::any, d.text, " of ", text_of(s.of(x).range), " is defined ",
               d.open ? "inside " : "in ", text_of(d.numbers), " only");
    } else if (d.open && d.numbers.lo == 0 && range.lo < kSmallestF16) {
      s.report(Kind::domain, x, In::fp16, d.text, " of ", text_of(s.of(x).range),
               ": the smallest are 0 in fp16");
    }
  }
}

void divisors(Site& s) {
  ValueId y;
  const OpKind k = s.kind();
  if (k == OpKind::RealDiv || k == OpKind::FloorDiv || k == OpKind::Mod ||
      k == OpKind::RemainderTrunc)
    y = s.data().operands[1];
  if (k == OpKind::Inverse) y = s.data().operands[0];
  if (!y || !s.is_telling(y)) return;
  const Interval range = s.of(y).range + Interval::only(own_epsilon(s));
  if (range.contains(0)) {
    s.report(Kind::divisor, y, In::any, "a divisor of ", text_of(s.of(y).range), " holds 0");
  } else if (s.is_float(y) && s.of(y).smallest() < kSmallestF16) {
    s.report(Kind::vanishing, y, In::fp16, "a divisor of ", text_of(s.of(y).range),
             ": the smallest are 0 in fp16");
  }
}

void beyond_f16(Site& s) {
  const ValueId v = s.data().results[0];
  const OpKind k = s.kind();
  if (!s.is_float(v) || k == OpKind::Cast || moves_only(s.data().schema->traits.moves)) return;
  for (const Growth& g : kGrowth) {
    if (k == g.kind) return;
  }
  const bool squares = s.data().schema->traits.digits == ir::Digits::sums_of_squares;
  const ValueId x = s.data().operands.empty() ? ValueId() : s.data().operands[0];
  if (squares && x && s.is_telling(x) && s.of(x).largest() > 256 && s.of(x).within(kLargestF16)) {
    s.report(Kind::sum, x, In::fp16, "squares of ", text_of(s.of(x).range),
             " are added up; fp16 ends at 65504");
    return;
  }
  if (!s.is_telling(v) || s.of(v).within(kLargestF16) || !s.operands_within(kLargestF16)) return;
  // A divisor of 0 is what is wrong then.
  if (is_quotient(k) && !std::isfinite(s.of(v).largest())) return;
  const bool beyond_f32 = s.of(v).largest() > kLargestF32;
  const Kind kind = adds_up(k) ? Kind::sum : Kind::range;
  s.report(kind, v, beyond_f32 ? In::any : In::fp16, kind == Kind::sum ? "sums" : "results", " of ",
           text_of(s.of(v).range), "; fp16 ends at 65504");
}

void vanishing_numbers(Site& s) {
  const ValueId v = s.data().results[0];
  if (!s.is_float(v)) return;
  if (const auto a = s.get_if<op::Add>()) {
    for (const auto& [x, c] : {std::pair{a->x, a->y}, std::pair{a->y, a->x}}) {
      const auto number = s.number(c);
      if (!number || *number == 0) continue;
      guards(s, x, *number, "adds");
      if (s.is_telling(x) && s.of(x).smallest() > kWholeF16 * std::fabs(*number))
        s.mention(Kind::vanishing, x, In::fp16, "adds ", text_of(*number), " to ",
                  text_of(s.of(x).range), ", which fp16 does not notice");
    }
  }
  if (const auto m = s.get_if<op::Maximum>()) {
    for (const auto& [x, c] : {std::pair{m->x, m->y}, std::pair{m->y, m->x}}) {
      if (const auto number = s.number(c); number && *number > 0)
        guards(s, x, *number, "limits with");
    }
  }
  if (const auto c = s.get_if<op::Clip>(); c && c->alpha > 0)
    guards(s, c->x, c->alpha, "limits with");
  // Products that are too small to be told from 0.
  const double most = s.of(v).largest();
  const OpKind k = s.kind();
  const bool shrinks = k == OpKind::Mul || k == OpKind::RealDiv || k == OpKind::Pow ||
                       k == OpKind::Square || k == OpKind::Exp || k == OpKind::ReduceProd;
  if (!shrinks || !s.is_telling(v) || most == 0 || most >= 16 * kSmallestF16) return;
  s.report(Kind::vanishing, v, In::fp16, "results of ", text_of(s.of(v).range),
           "; fp16 knows no number below 6e-8");
}

}  // namespace corecast::passes::numerics
