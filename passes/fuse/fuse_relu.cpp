// fuse-relu: leaky and parametric rectifiers.
//
// Given:   maximum(x, a * x), 0 <= a <= 1              Result:   leaky_relu(x) {alpha=a}
//          select(x > 0, x, a * x)                               leaky_relu(x) {alpha=a}
//          relu(x) - a[c] * relu(-x)                             prelu(x, alpha=a)
//          relu(x) + a[c] * minimum(x, 0)                        prelu(x, alpha=a)
//          relu(x) + a[c] * (x - abs(x)) * 0.5                   prelu(x, alpha=a)
//
// with one number a, or one for each channel (axis 1).
#include <cmath>

#include "ops/activation/activation.h"
#include "ops/elementwise/select.h"
#include "passes/fuse/weights.h"
#include "passes/rewrite.h"

namespace corecast::passes {
namespace {

bool is_float(const Match& m) {
  const ir::DType d = m.result_type().dtype;
  return (d == ir::DType::f32 || d == ir::DType::f16) && m.type("x") == m.result_type();
}

ValueId leaky(Match& m) {
  const auto a = uniform_constant(m.function(), m["a"]);
  if (!a || !std::isfinite(*a) || !is_float(m)) return {};
  return m.add(op::LeakyRelu{.x = m["x"], .alpha = *a});
}
/// The larger of x and a * x is x on the positive side only for such a.
ValueId leaky_of_maximum(Match& m) {
  const auto a = uniform_constant(m.function(), m["a"]);
  return a && *a >= 0 && *a <= 1 ? leaky(m) : ValueId();
}

template <int Sign>
ValueId parametric(Match& m) {
  if (!is_float(m)) return {};
  const Type& type = m.result_type();
  if (const auto a = uniform_constant(m.function(), m["a"]); a && std::isfinite(*a)) {
    return m.add(op::LeakyRelu{.x = m["x"], .alpha = Sign * *a});
  }
  if (type.rank() < 2 || !type.shape[1].is_constant()) return {};
  auto slopes = fuse::per_channel(m, m["a"], type.rank(), 1, type.shape[1].value());
  if (!slopes || m.type("a").dtype != type.dtype) return {};
  for (double& v : *slopes) v *= Sign;
  return m.add(op::Prelu{.x = m["x"], .alpha = m.constant(fuse::vector_of(type.dtype, *slopes))});
}

const RuleSet& rules() {
  const Pattern x = var("x"), a = any_constant("a");
  const Pattern zero = constant(0);
  const Pattern positive = any_of({is<op::Greater>(x, zero), is<op::GreaterEqual>(x, zero),
                                   is<op::Less>(zero, x), is<op::LessEqual>(zero, x)});
  const Pattern negative = any_of({is<op::Less>(x, zero), is<op::LessEqual>(x, zero),
                                   is<op::Greater>(zero, x), is<op::GreaterEqual>(zero, x)});
  const Pattern up = is<op::Relu>(x);
  const Pattern minus_x = any_of({is<op::Neg>(x), x * constant(-1)});
  const Pattern flipped = is<op::Relu>(minus_x);  // -min(x, 0)
  const auto below_zero = [](const op::Clip& c) { return std::isinf(c.alpha) && c.beta == 0; };
  const Pattern down =
      any_of({is<op::Minimum>(x, zero), is<op::Clip>(x).with<op::Clip>(below_zero)});
  const Pattern twice_down = x - is<op::Abs>(x);
  const Pattern half = constant(0.5);
  static const RuleSet instance = {
      rule("leaky-maximum", is<op::Maximum>(x, x * a), leaky_of_maximum),
      rule("leaky-select", is<op::Select>(positive, x, x * a), leaky),
      rule("leaky-select-negative", is<op::Select>(negative, x * a, x), leaky),
      rule("prelu-minus", up - flipped * a, parametric<1>),
      rule("prelu-plus", up + flipped * a, parametric<-1>),
      rule("prelu-minimum", up + down * a, parametric<1>),
      rule("prelu-abs",
           up + any_of({(twice_down * a) * half, (twice_down * half) * a, twice_down * (a * half)}),
           parametric<1>),
  };
  return instance;
}

}  // namespace

Pass fuse_relu_pass() {
  return rewrite_pass("fuse-relu", "Leaky and parametric rectifiers become one op.",
                      Numerics::reassociating, rules);
}

}  // namespace corecast::passes
