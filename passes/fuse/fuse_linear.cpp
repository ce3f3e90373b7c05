// fuse-linear: products with a constant matrix, and what is added to them, as one fully connected
// layer.
//
// Given:   %a = matmul(x=%x, y=const W)       Result:   %b = linear(x=%x, weight=const W^T,
//          %b = add(x=%a, y=const b)                               bias=const b)
//
// x has any rank from 2 up; W is a matrix, perhaps transposed already. A constant added to a
// linear joins its bias.
#include "ops/linear/linear.h"
#include "ops/linear/matmul.h"
#include "passes/fuse/weights.h"
#include "passes/rewrite.h"

namespace corecast::passes {
namespace {

using fuse::per_channel;

bool is_float(ir::DType d) { return d == ir::DType::f32 || d == ir::DType::f16; }

/// Whether v is a constant, or a compressed one.
bool is_weight(const ir::Function& f, ValueId v) {
  const OpId def = f.def(v);
  return f.is_constant(v) || (def && f.op(def).schema->traits.constexpr_op);
}

ValueId matmul_to_linear(Match& m) {
  const auto mm = m.root_op<op::Matmul>();
  if (mm.transpose_x || m.type(mm.x).rank() < 2 || m.type(mm.y).rank() != 2) return {};
  if (!is_float(m.type(mm.x).dtype) || m.type(mm.x).dtype != m.type(mm.y).dtype) return {};
  if (!is_weight(m.function(), mm.y) || is_weight(m.function(), mm.x)) return {};
  if (mm.transpose_y) return m.add(op::Linear{.x = mm.x, .weight = mm.y, .bias = {}});
  const Tensor* w = m.constant(mm.y);
  if (!w || w->count() == 0) return {};
  return m.add(
      op::Linear{.x = mm.x, .weight = fuse::named_as(m, mm.y, fuse::transposed(*w)), .bias = {}});
}

/// The linear `value` with sign * addend in its bias.
ValueId add_bias(Match& m, ValueId value, ValueId addend, double sign) {
  auto linear = *m.function().def_if<op::Linear>(value);
  const Type& type = m.type(value);
  if (!type.shape.back().is_constant()) return {};
  const std::int64_t channels = type.shape.back().value();
  auto sum = per_channel(m, addend, type.rank(), type.rank() - 1, channels);
  if (!sum || m.type(addend).dtype != m.type(linear.weight).dtype) return {};
  if (linear.bias && !m.constant(linear.bias)) return {};
  for (std::size_t i = 0; i < sum->size(); ++i) {
    (*sum)[i] *= sign;
    if (linear.bias) (*sum)[i] += m.constant(linear.bias)->at(static_cast<std::int64_t>(i));
  }
  const ir::DType dtype = m.type(addend).dtype;
  if (!fuse::representable(dtype, *sum)) return {};
  linear.bias = fuse::named_as(m, addend, fuse::vector_of(dtype, *sum));
  return m.add(linear);
}

const RuleSet& rules() {
  static const RuleSet instance = {
      rule("matmul-linear", is<op::Matmul>(), matmul_to_linear),
      rule("linear-bias", is<op::Linear>().named("linear") + any_constant("b"),
           [](Match& m) { return add_bias(m, m["linear"], m["b"], 1); }),
      rule("linear-minus-bias", is<op::Linear>().named("linear") - any_constant("b"),
           [](Match& m) { return add_bias(m, m["linear"], m["b"], -1); }),
  };
  return instance;
}

}  // namespace

Pass fuse_linear_pass() {
  return rewrite_pass("fuse-linear", "Products with constant matrices become linear, with bias.",
                      Numerics::reassociating, rules);
}

}  // namespace corecast::passes
