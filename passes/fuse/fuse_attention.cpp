// fuse-attention: attention as one op, where the target surely has it.
//
// Given:   %s = matmul(x=%q, y=%k) {transpose_y=true}      Result:   scaled_dot_product_attention(
//          %p = softmax(%s * c + %mask)                                query=%q, key=%k, value=%v,
//          %y = matmul(x=%p, y=%v)                                     attn_mask=%mask) {scale=c}
//
//          scaled_dot_product_attention(query=%q * a,                  query=%q, key=%k, ...)
//          {scale=c*a*b}
//                                       key=%k * b, ...) {scale=c}
//
// The scale may be a divisor, or be missing, as may the mask. Batch dimensions are equal and known
// to be: the op does not broadcast.
#include <cmath>

#include "ops/activation/softmax.h"
#include "ops/linear/attention.h"
#include "ops/linear/matmul.h"
#include "ops/shape/transpose.h"
#include "passes/rewrite.h"

namespace corecast::passes {
namespace {

bool same_batch(const Match& m, ValueId a, ValueId b) {
  const ir::Shape &x = m.type(a).shape, &y = m.type(b).shape;
  return x.size() == y.size() && x.size() >= 3 && std::equal(x.begin(), x.end() - 2, y.begin());
}

/// Whether the mask repeats along the leading dimensions at most: its last dimension is the
/// scores'.
bool mask_fits(const Match& m, ValueId mask, ValueId scores) {
  const ir::Shape &x = m.type(mask).shape, &s = m.type(scores).shape;
  if (x.empty() || x.back() != s.back() || m.type(mask).dtype != m.type(scores).dtype) return false;
  const auto joined = ir::broadcast(x, s);
  return joined && *joined == s;
}

ValueId attention(Match& m) {
  if (!m.rules.surely_has(OpKind::ScaledDotProductAttention)) return {};
  const auto scores = m.op<op::Matmul>("scores");
  const auto product = m.root_op<op::Matmul>();
  const ValueId v = m["v"];
  if (scores.transpose_x || product.transpose_x || product.transpose_y) return {};
  const auto softmax = m.op<op::Softmax>("p");
  const std::int64_t rank = m.type(scores.x).rank();
  if (softmax.axis != -1 && softmax.axis != rank - 1) return {};
  if (!same_batch(m, scores.x, scores.y) || !same_batch(m, scores.x, v)) return {};
  double scale = 1;
  for (const char* name : {"c", "d"}) {
    if (!m.has(name)) continue;
    const auto number = uniform_constant(m.function(), m[name]);
    if (!number || !std::isfinite(*number) || *number == 0) return {};
    scale *= *name == 'c' ? *number : 1 / *number;
  }
  if (m.has("mask") && !mask_fits(m, m["mask"], m["scores"])) return {};
  ValueId key = scores.y;
  if (!scores.transpose_y) {
    std::vector<std::int64_t> perm;
    for (std::int64_t i = 0; i < rank; ++i) perm.push_back(i);
    std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
    key = m.add(op::Transpose{key, perm});
  }
  return m.add(op::ScaledDotProductAttention{.query = scores.x,
                                             .key = key,
                                             .value = v,
                                             .attn_mask = m.has("mask") ? m["mask"] : ValueId(),
                                             .scale = scale,
                                             .is_causal = false});
}

/// A factor of the query or the key joins the scale; the value without it takes its place.
ValueId join_scale(Match& m, ValueId op::ScaledDotProductAttention::*operand) {
  auto attention = m.root_op<op::ScaledDotProductAttention>();
  const auto factor = uniform_constant(m.function(), m["c"]);
  const ir::Dim& width = m.type(attention.query).shape.back();
  if (!factor || !std::isfinite(*factor) || *factor == 0 || !width.is_constant()) return {};
  if (!(m.type("x") == m.type("product"))) return {};
  const double usual = 1 / std::sqrt(static_cast<double>(width.value()));
  attention.scale = attention.scale.value_or(usual) * *factor;
  attention.*operand = m["x"];
  if (m.has("turned")) {
    auto transpose = m.op<op::Transpose>("turned");
    transpose.x = m["x"];
    attention.*operand = m.add(transpose);
  }
  return m.add(attention);
}
ValueId query_scale(Match& m) { return join_scale(m, &op::ScaledDotProductAttention::query); }
ValueId key_scale(Match& m) { return join_scale(m, &op::ScaledDotProductAttention::key); }

const RuleSet& rules() {
  const Pattern product = is<op::Matmul>(var("q"), var("k")).named("scores");
  const Pattern scaled =
      any_of({product * any_constant("c"), product / any_constant("d"), product});
  const Pattern logits = any_of({scaled + var("mask"), scaled});
  const Pattern factored = (var("x") * any_constant("c")).named("product");
  const Pattern turned = any_of({is<op::Transpose>(factored).named("turned"), factored});
  static const RuleSet instance = {
      rule("attention", is<op::Matmul>(is<op::Softmax>(logits).named("p"), var("v")), attention),
      rule("attention-query-scale", is<op::ScaledDotProductAttention>(turned), query_scale),
      rule("attention-key-scale", is<op::ScaledDotProductAttention>(var("q"), turned), key_scale),
  };
  return instance;
}

}  // namespace

Pass fuse_attention_pass() {
  return rewrite_pass("fuse-attention", "Attention becomes one op where the target has it.",
                      Numerics::reassociating, rules);
}

}  // namespace corecast::passes
