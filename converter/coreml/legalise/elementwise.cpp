// Elementwise arithmetic that MIL lacks or has for floats only.
#include <cmath>
#include <limits>

#include "converter/coreml/legalise/site.h"
#include "ops/activation/activation.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"

namespace corecast::coreml::legal {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Values is_nan(Site& s) {
  const auto x = s.get<op::IsNan>().x;
  return {binary<op::NotEqual>(s, x, x)};
}

Values is_inf(Site& s) {
  const auto o = s.get<op::IsInf>();
  if (o.detect_negative && o.detect_positive) {
    return {binary<op::Equal>(s, s.add(op::Abs{o.x}), s.like(o.x, kInfinity))};
  }
  if (o.detect_negative || o.detect_positive) {
    return {binary<op::Equal>(s, o.x, s.like(o.x, o.detect_positive ? kInfinity : -kInfinity))};
  }
  return {binary<op::Less>(s, s.add(op::Abs{o.x}), s.like(o.x, 0))};  // never
}

// 0 - x would turn 0 into 0, not -0.
Values neg(Site& s) {
  const auto x = s.get<op::Neg>().x;
  return {binary<op::Mul>(s, x, s.like(x, -1))};
}

/// Where the integer quotient x / y is inexact and negative: where rounding down and truncation
/// differ.
ValueId rounds_apart(Site& s, ValueId x, ValueId y, ValueId remainder) {
  const auto inexact = binary<op::NotEqual>(s, remainder, s.like(x, 0));
  const auto signs = s.add(
      op::LogicalXor{binary<op::Less>(s, x, s.like(x, 0)), binary<op::Less>(s, y, s.like(y, 0))});
  return s.add(op::LogicalAnd{inexact, signs});
}

// Frameworks disagree on what MIL's own integer division rounds to; floor_div is clear.
Values real_div(Site& s) {
  const auto o = s.get<op::RealDiv>();
  if (!ir::is_integer(s.dtype(o.x))) return {};
  const auto quotient = binary<op::FloorDiv>(s, o.x, o.y);
  const auto remainder = binary<op::Sub>(s, o.x, binary<op::Mul>(s, quotient, o.y));
  return {binary<op::Add>(s, quotient, s.cast(rounds_apart(s, o.x, o.y, remainder), s.dtype(o.x)))};
}

Values remainder_trunc(Site& s) {
  const auto o = s.get<op::RemainderTrunc>();
  if (ir::is_floating(s.dtype(o.x))) {
    // The floored remainder of magnitudes is exact; that of mixed signs would round.
    return {binary<op::Mul>(s, s.add(op::Sign{o.x}),
                            binary<op::Mod>(s, s.add(op::Abs{o.x}), s.add(op::Abs{o.y})))};
  }
  const auto floored = binary<op::Mod>(s, o.x, o.y);
  const auto apart = s.cast(rounds_apart(s, o.x, o.y, floored), s.dtype(o.x));
  return {binary<op::Sub>(s, floored, binary<op::Mul>(s, apart, o.y))};
}

/// min(max(x, alpha), beta) in the dtype of x; infinite limits are left out.
ValueId clamp(Site& s, ValueId x, double alpha, double beta) {
  const bool whole = ir::is_integer(s.dtype(x));
  if (whole) {
    const auto lowest = static_cast<double>(ir::min_of(s.dtype(x))),
               highest = static_cast<double>(ir::max_of(s.dtype(x)));
    alpha = std::ceil(alpha) <= lowest ? -kInfinity : std::fmin(std::ceil(alpha), highest);
    beta = std::floor(beta) >= highest ? kInfinity : std::fmax(std::floor(beta), lowest);
  }
  if (alpha != -kInfinity) x = binary<op::Maximum>(s, x, s.like(x, alpha));
  if (beta != kInfinity) x = binary<op::Minimum>(s, x, s.like(x, beta));
  return x;
}

Values clip(Site& s) {
  const auto o = s.get<op::Clip>();
  const bool whole = ir::is_integer(s.dtype(o.x));
  // MIL's clip is for floats, and from iOS 17 on demands alpha < beta.
  const bool finite = std::isfinite(o.alpha) && std::isfinite(o.beta);
  if (!whole && finite && static_cast<float>(o.alpha) < static_cast<float>(o.beta)) return {};
  if (!whole && o.alpha == 0 && o.beta == kInfinity) return {s.add(op::Relu{o.x})};
  return {clamp(s, o.x, o.alpha, o.beta)};
}

Values relu(Site& s) {
  const auto x = s.get<op::Relu>().x;
  if (ir::is_floating(s.dtype(x))) return {};
  return {clamp(s, x, 0, kInfinity)};
}
Values relu6(Site& s) {
  const auto x = s.get<op::Relu6>().x;
  if (ir::is_floating(s.dtype(x))) return {};
  return {clamp(s, x, 0, 6)};
}

Values equal_of_bools(Site& s) {
  const auto o = s.get<op::Equal>();
  if (s.dtype(o.x) != DType::boolean) return {};
  return {s.add(op::LogicalNot{s.add(op::LogicalXor{o.x, o.y})})};
}
Values not_equal_of_bools(Site& s) {
  const auto o = s.get<op::NotEqual>();
  if (s.dtype(o.x) != DType::boolean) return {};
  return {s.add(op::LogicalXor{o.x, o.y})};
}

ValueId log(Site& s, ValueId x) { return s.add(op::Log{x, 0.0}); }
ValueId one_plus(Site& s, ValueId x) { return binary<op::Add>(s, x, s.like(x, 1)); }
ValueId inverse(Site& s, ValueId x) { return binary<op::RealDiv>(s, s.like(x, 1), x); }

// Two formulas each: one that keeps the digits of small results, one that does not overflow.
Values asinh(Site& s) {
  const auto x = s.get<op::Asinh>().x;
  const auto size = s.add(op::Abs{x});
  const auto near = s.add(
      op::Atanh{binary<op::RealDiv>(s, x, s.add(op::Sqrt{one_plus(s, s.add(op::Square{x}))}))});
  const auto root = s.add(op::Sqrt{one_plus(s, s.add(op::Square{inverse(s, size)}))});
  const auto far = binary<op::Mul>(s, s.add(op::Sign{x}),
                                   binary<op::Add>(s, log(s, size), log(s, one_plus(s, root))));
  return {s.select(binary<op::Less>(s, size, s.like(x, 0.5)), near, far)};
}
Values acosh(Site& s) {
  const auto x = s.get<op::Acosh>().x;
  // Two roots, as that of the product would be a number below -1 too.
  const auto product = binary<op::Mul>(s, s.add(op::Sqrt{binary<op::Sub>(s, x, s.like(x, 1))}),
                                       s.add(op::Sqrt{one_plus(s, x)}));
  const auto near = s.add(op::Atanh{binary<op::RealDiv>(s, product, x)});
  const auto root =
      s.add(op::Sqrt{binary<op::Sub>(s, s.like(x, 1), s.add(op::Square{inverse(s, x)}))});
  const auto far = binary<op::Add>(s, log(s, x), log(s, one_plus(s, root)));
  return {s.select(binary<op::Less>(s, x, s.like(x, 2)), near, far)};
}

Values cast(Site& s) {
  const auto o = s.get<op::Cast>();
  if (s.dtype(o.x) != o.dtype) return {};
  return {o.x};
}

}  // namespace

void add_elementwise(Expansions& out) {
  out.insert(out.end(), {{OpKind::IsNan, is_nan},
                         {OpKind::IsInf, is_inf},
                         {OpKind::Neg, neg},
                         {OpKind::RealDiv, real_div},
                         {OpKind::RemainderTrunc, remainder_trunc},
                         {OpKind::Clip, clip},
                         {OpKind::Relu, relu},
                         {OpKind::Relu6, relu6},
                         {OpKind::Equal, equal_of_bools},
                         {OpKind::NotEqual, not_equal_of_bools},
                         {OpKind::Asinh, asinh},
                         {OpKind::Acosh, acosh},
                         {OpKind::Cast, cast}});
}

}  // namespace corecast::coreml::legal
