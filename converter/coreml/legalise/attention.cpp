// scaled_dot_product_attention: MIL has it from iOS 18 on, with one scale and without causality.
#include "ops/linear/attention.h"

#include <cmath>
#include <limits>

#include "converter/coreml/legalise/extents.h"
#include "ops/activation/softmax.h"
#include "ops/creation/range_1d.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/linear/matmul.h"
#include "ops/shape/squeeze.h"

namespace corecast::coreml::legal {
namespace {

using Attention = op::ScaledDotProductAttention;

/// 0, 1, ... n-1 as i32, with `behind` dimensions of one element behind.
ValueId counting(Site& s, const Extent& n, bool as_column) {
  const ValueId end = s.add(op::Squeeze{runtime_size(s, n), Ints{0}});
  const ValueId line = s.add(op::Range1d{end, s.builder.int_scalar(0), s.builder.int_scalar(1)});
  return as_column ? s.reshape(line, {-1, 1}) : s.reshape(line, {1, -1});
}

/// bool [L, S]: query i sees the keys up to i.
ValueId causal_mask(Site& s, const Attention& o) {
  return s.add(op::LessEqual{counting(s, Extent::of(s, o.key, -2), false),
                             counting(s, Extent::of(s, o.query, -2), true)});
}

ValueId minus_infinity(Site& s, ValueId like) {
  return s.like(like, -std::numeric_limits<double>::infinity());
}

/// What both masks say together.
ValueId joined_mask(Site& s, const Attention& o) {
  if (!o.is_causal) return o.attn_mask;
  const ValueId causal = causal_mask(s, o);
  if (!o.attn_mask) return causal;
  if (s.dtype(o.attn_mask) == DType::boolean) return s.add(op::LogicalAnd{o.attn_mask, causal});
  return s.select(causal, o.attn_mask, minus_infinity(s, o.attn_mask));
}

/// Whether MIL's op can take the mask: its last dimension does not broadcast.
bool mask_fits(Site& s, const Attention& o, ValueId mask) {
  if (!mask) return true;
  const Shape& m = s.shape(mask);
  return !m.empty() && m.back() == s.shape(o.key)[s.shape(o.key).size() - 2];
}

Values attention(Site& s) {
  auto o = s.get<Attention>();
  const Dim& width = s.shape(o.query).back();
  if (!o.scale && !width.is_constant())
    return s.refuse("a width that is known at run time only", "fix the last size of query");
  const double usual = width.is_constant() ? 1 / std::sqrt(static_cast<double>(width.value())) : 0;
  const double scale = o.scale.value_or(usual);
  const bool native = s.may_have<Attention>() && (!o.is_causal || mask_fits(s, o, o.attn_mask));
  if (native && mask_fits(s, o, o.attn_mask) && width.is_constant()) {
    if (!o.is_causal && !o.scale) return {};
    o.attn_mask = joined_mask(s, o);
    if (const double factor = scale / usual; std::fabs(factor - 1) > 1e-9)
      o.query = s.add(op::Mul{o.query, s.like(o.query, factor)});
    o.scale.reset();
    o.is_causal = false;
    return {s.add(o)};
  }
  // The scale goes to the query: the products then stay in range in 16 bits, too.
  const ValueId query = scale == 1 ? o.query : s.add(op::Mul{o.query, s.like(o.query, scale)});
  ValueId scores = s.add(op::Matmul{query, o.key, false, true});
  if (const ValueId mask = joined_mask(s, o)) {
    scores = s.dtype(mask) == DType::boolean
                 ? s.select(mask, scores, minus_infinity(s, scores))
                 : s.add(op::Add{scores, s.cast(mask, s.dtype(scores))});
  }
  return {s.add(op::Matmul{s.add(op::Softmax{scores, -1}), o.value})};
}

}  // namespace

void add_attention(Expansions& out) {
  out.push_back({OpKind::ScaledDotProductAttention, attention});
}

}  // namespace corecast::coreml::legal
