// fuse-gelu: the gaussian error linear unit, spelled out, and its two approximations.
//
// Given:   x * 0.5 * (1 + erf(x / sqrt 2))                                 Result:   gelu(x) EXACT
//          x * 0.5 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 * x^3)))             TANH_APPROXIMATION
//          x * sigmoid(1.702 * x)                                           SIGMOID_APPROXIMATION
//
// in every order of the products, with halves and roots as factors or divisors.
#include "ops/activation/activation.h"
#include "passes/rewrite.h"

namespace corecast::passes {
namespace {

constexpr double kSqrt2 = 1.41421356237309504880;
constexpr double kSqrt2OverPi = 0.79788456080286535588;
constexpr double kCubic = 0.044715;

/// p * factor, or p / (1 / factor).
Pattern times(const Pattern& p, double factor) {
  return any_of({p * constant(factor), p / constant(1 / factor)});
}

/// x * 0.5 * gate in all its orders.
Pattern half_gated(const Pattern& x, const Pattern& gate) {
  return any_of({times(x, 0.5) * gate, times(x * gate, 0.5), x * times(gate, 0.5)});
}

Pattern exact(const Pattern& x) {
  return half_gated(x, is<op::Erf>(times(x, 1 / kSqrt2)) + constant(1));
}

Pattern tanh_form(const Pattern& x) {
  const Pattern square = any_of({is<op::Square>(x), x * x, is<op::Pow>(x, constant(2))});
  const Pattern cube = any_of({is<op::Pow>(x, constant(3)), square * x});
  const Pattern term = any_of(
      {cube * constant(kCubic), (x * constant(kCubic)) * square, (square * constant(kCubic)) * x});
  const Pattern factored = square * constant(kCubic) + constant(1);  // (1 + c x^2) * x * root
  const Pattern root = constant(kSqrt2OverPi);
  const Pattern inner = any_of({(x + term) * root, (x * factored) * root, (x * root) * factored,
                                x * (square * constant(kCubic * kSqrt2OverPi) + root)});
  return half_gated(x, is<op::Tanh>(inner) + constant(1));
}

template <const char* const* Mode>
ValueId gelu(Match& m) {
  if (!(m.type("x") == m.result_type())) return {};
  return m.add(op::Gelu{.x = m["x"], .mode = *Mode});
}

constexpr const char* kExact = "EXACT";
constexpr const char* kTanh = "TANH_APPROXIMATION";
constexpr const char* kSigmoid = "SIGMOID_APPROXIMATION";

const RuleSet& rules() {
  const Pattern x = var("x");
  static const RuleSet instance = {
      rule("gelu-exact", exact(x), gelu<&kExact>),
      rule("gelu-tanh", tanh_form(x), gelu<&kTanh>),
      rule("gelu-sigmoid", x * is<op::Sigmoid>(times(x, 1.702)), gelu<&kSigmoid>),
  };
  return instance;
}

}  // namespace

Pass fuse_gelu_pass() {
  return rewrite_pass("fuse-gelu", "GELU, exact or approximated, becomes one op.",
                      Numerics::reassociating, rules);
}

}  // namespace corecast::passes
