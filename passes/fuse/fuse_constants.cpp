// fuse-constants: constants that follow each other, and the scale of a product of matrices.
//
// Given:   (x * a) * b                Result:   x * (a * b)
//          (x + a) + b                          x + (a + b)
//          matmul(x, y) * c                     matmul(x * c, y)                     1/64 <= |c| <
//          1
//                                               matmul(x * d, y * d), d = sqrt(c)    c below that
//
//          (x * y) * c                          (x * c) * y                     1/1024 <= |c| <
//          1/16
//
// with divisions and differences among them; a, b and c are numbers. Equal for all finite x and y.
// Neither x nor y of the product is constant (fuse-linear folds those): these are the scores of
// attention, which then never leave f16's range on the way to their scale.
#include <cmath>

#include "ops/linear/matmul.h"
#include "passes/fuse/weights.h"
#include "passes/rewrite.h"

namespace corecast::passes {
namespace {

struct Step {
  double number;
  bool is_sum;
};

/// The number that an op with a constant operand `name` multiplies with, or adds.
std::optional<Step> step(const Match& m, OpId id, std::string_view name) {
  const auto c = uniform_constant(m.function(), m[name]);
  if (!c || !std::isfinite(*c)) return std::nullopt;
  switch (m.function().op(id).schema->kind) {
    case OpKind::Mul: return Step{*c, false};
    case OpKind::RealDiv: return Step{1 / *c, false};
    case OpKind::Add: return Step{*c, true};
    default: return Step{-*c, true};
  }
}

ValueId joined(Match& m) {
  const ir::DType dtype = m.result_type().dtype;
  const auto inner = step(m, m.function().def(m["inner"]), "a"), outer = step(m, m.root, "b");
  if (!inner || !outer || (dtype != ir::DType::f32 && dtype != ir::DType::f16)) return {};
  if (!(m.type("x") == m.result_type())) return {};
  const double number =
      outer->is_sum ? inner->number + outer->number : inner->number * outer->number;
  if (!fuse::representable(dtype, {number})) return {};
  if (outer->is_sum) return m.add(op::Add{m["x"], m.scalar(dtype, number)});
  const double smallest_normal = dtype == ir::DType::f16 ? 0x1p-14 : 0x1p-126;
  if (!(std::fabs(number) >= smallest_normal)) return {};
  return m.add(op::Mul{m["x"], m.scalar(dtype, number)});
}

/// The number in front of the product, in place of behind it; empty where it is not in [least,
/// most).
std::optional<double> scale_of(const Match& m, double least, double most) {
  const auto s = step(m, m.root, "c");
  if (!s || !ir::is_floating(m.result_type().dtype)) return std::nullopt;
  if (!(m.type("product") == m.result_type())) return std::nullopt;
  const double size = std::fabs(s->number);
  return size >= least && size < most ? std::optional(s->number) : std::nullopt;
}

ValueId scaled_scores(Match& m) {
  auto product = m.op<op::Matmul>("product");
  const auto c = scale_of(m, 1e-8, 1);
  if (!c || m.constant(product.x) || m.constant(product.y)) return {};
  const ir::DType dtype = m.result_type().dtype;
  const bool at_once = std::fabs(*c) >= 1.0 / 64;  // less would leave one side few digits
  const double root = std::sqrt(std::fabs(*c));
  product.x = m.add(op::Mul{product.x, m.scalar(dtype, at_once ? *c : std::copysign(root, *c))});
  if (!at_once) product.y = m.add(op::Mul{product.y, m.scalar(dtype, root)});
  return m.add(product);
}

/// A scale above is not worth another spelling, one below would leave few digits.
ValueId scaled_gate(Match& m) {
  auto product = m.op<op::Mul>("product");
  const auto c = scale_of(m, 1.0 / 1024, 1.0 / 16);
  if (!c || m.constant(product.x) || m.constant(product.y)) return {};
  if (!(m.type(product.x) == m.result_type())) return {};
  product.x = m.add(op::Mul{product.x, m.scalar(m.result_type().dtype, *c)});
  return m.add(product);
}

const RuleSet& rules() {
  const Pattern x = var("x"), a = any_constant("a"), b = any_constant("b"), c = any_constant("c");
  const Pattern factor = any_of({x * a, x / a}).named("inner");
  const Pattern shift = any_of({x + a, x - a}).named("inner");
  const Pattern product = is<op::Matmul>().named("product");
  const Pattern gated = is<op::Mul>().named("product");
  static const RuleSet instance = {
      rule("factors", any_of({factor * b, factor / b}), joined),
      rule("shifts", any_of({shift + b, shift - b}), joined),
      rule("scaled-product", any_of({product * c, product / c}), scaled_scores),
      rule("scaled-gate", any_of({gated * c, gated / c}), scaled_gate),
  };
  return instance;
}

}  // namespace

Pass fuse_constants_pass() {
  return rewrite_pass("fuse-constants",
                      "Constants that follow each other become one; scores are scaled first.",
                      Numerics::reassociating, rules);
}

}  // namespace corecast::passes
