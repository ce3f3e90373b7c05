// fold-batch-norm: constant scales and shifts behind a convolution or linear become part of its
// weights.
//
// Given:   %a = conv(x=%x, weight=const W, bias=const b)       Result:   %c = conv(x=%x,
//          %b = batch_norm(x=%a, mean=..., variance=..., ...)            weight=const W*k,
//          or mul, real_div, add, sub with a constant per channel        bias=const b*k + s)
//
// Also conv_transpose, groups, and linear (whose channels are the last dimension). The constants
// are computed in f64 and rounded once.
#include <cmath>

#include "ops/conv/conv.h"
#include "ops/conv/conv_transpose.h"
#include "ops/linear/linear.h"
#include "ops/normalization/normalization.h"
#include "passes/fuse/weights.h"
#include "passes/rewrite.h"

namespace corecast::passes {
namespace {

using fuse::per_channel;
using Numbers = std::vector<double>;

/// y -> scale[c] * y + shift[c].
struct Affine {
  Numbers scale, shift;
};

constexpr std::size_t kLargeWeight = 64 << 10;  // bytes

/// What the layers have in common.
struct Layer {
  ValueId value, weight, bias;
  std::int64_t axis = 1, channels = 0;
};

template <class Op>
std::optional<Layer> layer_of(const Match& m, ValueId value) {
  const auto o = m.function().def_if<Op>(value);
  if (!o) return std::nullopt;
  const Type& type = m.type(value);
  Layer l{value, o->weight, o->bias, Op::kind == OpKind::Linear ? type.rank() - 1 : 1, 0};
  const ir::Dim& size = type.shape[static_cast<std::size_t>(l.axis)];
  const Tensor* w = m.constant(l.weight);
  if (!size.is_constant() || !w || (w->dtype() != ir::DType::f32 && w->dtype() != ir::DType::f16))
    return std::nullopt;
  if (l.bias && !m.constant(l.bias)) return std::nullopt;
  l.channels = size.value();
  return l;
}

/// The factor of each of the weight's parts of `inner` elements.
Numbers factors_of(const op::Conv&, const Tensor& w, const Numbers& scale, std::int64_t& inner) {
  inner = w.count() / w.dims()[0];
  return scale;
}
Numbers factors_of(const op::Linear&, const Tensor& w, const Numbers& scale, std::int64_t& inner) {
  inner = w.dims()[1];
  return scale;
}
Numbers factors_of(const op::ConvTranspose& o, const Tensor& w, const Numbers& scale,
                   std::int64_t& inner) {
  const std::int64_t in = w.dims()[0], per_group = w.dims()[1];
  inner = w.count() / in / per_group;
  Numbers out;
  for (std::int64_t i = 0; i < in; ++i) {
    const std::int64_t group = i / (in / o.groups);
    for (std::int64_t j = 0; j < per_group; ++j)
      out.push_back(scale[static_cast<std::size_t>(group * per_group + j)]);
  }
  return out;
}

bool all_ones(const Numbers& v) {
  for (const double x : v) {
    if (x != 1) return false;
  }
  return true;
}

template <class Op>
ValueId apply(Match& m, const Layer& l, const Affine& a) {
  Op layer = *m.function().def_if<Op>(l.value);
  const Tensor& w = *m.constant(l.weight);
  if (w.count() == 0) return {};
  Numbers bias = a.shift;
  for (std::size_t i = 0; l.bias && i < bias.size(); ++i)
    bias[i] += m.constant(l.bias)->at(static_cast<std::int64_t>(i)) * a.scale[i];
  if (!fuse::representable(w.dtype(), bias) || !fuse::representable(w.dtype(), a.scale)) return {};
  if (!all_ones(a.scale)) {
    // Layers that share a large weight go on sharing it.
    if (w.byte_size() > kLargeWeight && m.function().value(l.weight).uses.size() > 1) return {};
    std::int64_t inner = 1;
    Numbers factors = factors_of(layer, w, a.scale, inner);
    layer.weight = fuse::named_as(m, l.weight, fuse::scaled(w, std::move(factors), inner));
  }
  bool needed = static_cast<bool>(l.bias);
  for (const double b : bias) needed = needed || b != 0;
  if (needed) layer.bias = m.constant(fuse::vector_of(w.dtype(), bias));
  return m.add(layer);
}

std::optional<Affine> affine_of(Match& m, const Layer& l, const op::BatchNorm& bn) {
  if (l.axis != 1) return std::nullopt;
  const auto vector = [&](ValueId v, double absent) -> std::optional<Numbers> {
    if (!v) return Numbers(static_cast<std::size_t>(l.channels), absent);
    const Tensor* t = m.constant(v);
    return t ? std::optional(t->to_doubles()) : std::nullopt;
  };
  const auto mean = vector(bn.mean, 0), variance = vector(bn.variance, 1),
             gamma = vector(bn.gamma, 1), beta = vector(bn.beta, 0);
  if (!mean || !variance || !gamma || !beta) return std::nullopt;
  Affine a;
  for (std::size_t c = 0; c < mean->size(); ++c) {
    a.scale.push_back((*gamma)[c] / std::sqrt((*variance)[c] + bn.epsilon));
    a.shift.push_back((*beta)[c] - (*mean)[c] * a.scale[c]);
  }
  return a;
}

template <class Op>
ValueId fold_norm(Match& m) {
  const auto bn = m.root_op<op::BatchNorm>();
  const auto layer = layer_of<Op>(m, bn.x);
  if (!layer) return {};
  const auto a = affine_of(m, *layer, bn);
  return a ? apply<Op>(m, *layer, *a) : ValueId();
}

enum class Arithmetic { add, sub, mul, div };

template <class Op, Arithmetic A>
ValueId fold_arithmetic(Match& m) {
  const auto layer = layer_of<Op>(m, m["layer"]);
  if (!layer || m.type("c").dtype != m.type(layer->weight).dtype) return {};
  const auto c = per_channel(m, m["c"], m.type(layer->value).rank(), layer->axis, layer->channels);
  if (!c) return {};
  Affine a{Numbers(c->size(), 1), Numbers(c->size(), 0)};
  for (std::size_t i = 0; i < c->size(); ++i) {
    const double v = (*c)[i];
    if constexpr (A == Arithmetic::add) a.shift[i] = v;
    if constexpr (A == Arithmetic::sub) a.shift[i] = -v;
    if constexpr (A == Arithmetic::mul) a.scale[i] = v;
    if constexpr (A == Arithmetic::div) a.scale[i] = 1 / v;
  }
  return apply<Op>(m, *layer, a);
}

template <class Op>
void add_rules(RuleSet& out) {
  const Pattern layer = is<Op>().named("layer"), c = any_constant("c");
  out.push_back(rule("fold-batch-norm", is<op::BatchNorm>(is<Op>()), fold_norm<Op>));
  out.push_back(rule("fold-scale", layer * c, fold_arithmetic<Op, Arithmetic::mul>));
  out.push_back(rule("fold-quotient", layer / c, fold_arithmetic<Op, Arithmetic::div>));
  out.push_back(rule("fold-shift", layer + c, fold_arithmetic<Op, Arithmetic::add>));
  out.push_back(rule("fold-difference", layer - c, fold_arithmetic<Op, Arithmetic::sub>));
}

const RuleSet& rules() {
  static const RuleSet instance = [] {
    RuleSet out;
    add_rules<op::Conv>(out);
    add_rules<op::ConvTranspose>(out);
    add_rules<op::Linear>(out);
    return out;
  }();
  return instance;
}

}  // namespace

Pass fold_batch_norm_pass() {
  return rewrite_pass("fold-batch-norm",
                      "Constant scales and shifts behind a layer join its weights.",
                      Numerics::reassociating, rules);
}

}  // namespace corecast::passes
