// fuse-layer-norm: normalisation by mean and variance, spelled out.
//
// Given:   %m = reduce_mean(x=%x) {axes, keep_dims=true}      Result:   layer_norm(x=%x) {axes,
//          %d = %x - %m                                                 epsilon=eps}
//          %v = reduce_mean(x=%d * %d) {axes, keep_dims=true}
//          %y = %d / sqrt(%v + eps)
//
//          layer_norm(x) * const g + const b                            layer_norm(x, gamma=g,
//                                                                       beta=b)
//
// The root may be a factor instead (rsqrt, 1 / sqrt, pow -0.5), eps rsqrt's own. gamma and beta
// vary along all normalised axes and no others.
#include <algorithm>
#include <cmath>

#include "ops/elementwise/elementwise_unary.h"
#include "ops/normalization/normalization.h"
#include "ops/reduction/reduction.h"
#include "passes/fuse/weights.h"
#include "passes/rewrite.h"

namespace corecast::passes {
namespace {

using Ints = std::vector<std::int64_t>;

/// The axes of a reduce_mean that keeps its dimensions, ascending.
std::optional<Ints> axes_of(const Match& m, ValueId v) {
  const auto r = m.function().def_if<op::ReduceMean>(v);
  if (!r || !r->keep_dims || !r->axes || r->axes->empty()) return std::nullopt;
  Ints axes = *r->axes;
  for (auto& a : axes) a += a < 0 ? m.type(r->x).rank() : 0;
  std::sort(axes.begin(), axes.end());
  return axes;
}

ValueId layer_norm(Match& m) {
  const auto mean = axes_of(m, m["mean"]), variance = axes_of(m, m["variance"]);
  const ir::DType d = m.result_type().dtype;
  if (!mean || mean != variance || !(m.type("x") == m.result_type())) return {};
  if (d != ir::DType::f32 && d != ir::DType::f16) return {};
  double epsilon = 0;
  if (m.has("eps")) {
    const auto e = uniform_constant(m.function(), m["eps"]);
    if (!e) return {};
    epsilon += *e;
  }
  if (m.has("rsqrt")) epsilon += m.op<op::Rsqrt>("rsqrt").epsilon;
  if (m.has("inverse") && m.op<op::Inverse>("inverse").epsilon != 0) return {};
  if (!(epsilon > 0) || !std::isfinite(epsilon)) return {};
  return m.add(
      op::LayerNorm{.x = m["x"], .gamma = {}, .beta = {}, .axes = *mean, .epsilon = epsilon});
}

/// The constant in the form of gamma and beta: x's sizes along the axes.
std::optional<Tensor> along_axes(const Match& m, ValueId v, const Type& x, const Ints& axes) {
  const Tensor& t = *m.constant(v);
  if (t.dtype() != x.dtype || t.rank() > x.rank()) return std::nullopt;
  Ints dims(static_cast<std::size_t>(x.rank() - t.rank()), 1), sizes;
  dims.insert(dims.end(), t.dims().begin(), t.dims().end());
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const bool normalized =
        std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(i)) != axes.end();
    if (!normalized && dims[i] != 1) return std::nullopt;
    if (!normalized) continue;
    if (!(x.shape[i] == ir::Dim(dims[i]))) return std::nullopt;
    sizes.push_back(dims[i]);
  }
  return t.reshaped(sizes);
}

Ints normalized_axes(const op::LayerNorm& norm, std::int64_t rank) {
  Ints axes;
  for (std::int64_t a = 0; a < rank; ++a) axes.push_back(a);
  if (norm.axes) axes = *norm.axes;
  for (auto& a : axes) a += a < 0 ? rank : 0;
  std::sort(axes.begin(), axes.end());
  return axes;
}

ValueId scale(Match& m) {
  auto norm = m.op<op::LayerNorm>("norm");
  if (norm.gamma || norm.beta) return {};
  const auto t =
      along_axes(m, m["c"], m.type("norm"), normalized_axes(norm, m.type("norm").rank()));
  if (!t) return {};
  norm.gamma = m.constant(*t);
  return m.add(norm);
}

ValueId shift(Match& m) {
  auto norm = m.op<op::LayerNorm>("norm");
  if (norm.beta) return {};
  const auto t =
      along_axes(m, m["c"], m.type("norm"), normalized_axes(norm, m.type("norm").rank()));
  if (!t) return {};
  norm.beta = m.constant(*t);
  return m.add(norm);
}

const RuleSet& rules() {
  const Pattern x = var("x"), d = var("d");
  const Pattern centered = (x - is<op::ReduceMean>(x).named("mean")).named("d");
  const Pattern square = any_of({is<op::Square>(d), d * d, is<op::Pow>(d, constant(2))});
  const Pattern variance = is<op::ReduceMean>(square).named("variance");
  const Pattern spread = any_of({variance + any_constant("eps"), variance});
  const Pattern padded = variance + any_constant("eps");
  const Pattern root = any_of({is<op::Sqrt>(padded), is<op::Pow>(padded, constant(0.5))});
  const Pattern inverse_root =
      any_of({is<op::Rsqrt>(spread).named("rsqrt"), constant(1) / root,
              is<op::Inverse>(root).named("inverse"), is<op::Pow>(padded, constant(-0.5))});
  const Pattern norm = is<op::LayerNorm>().named("norm"), c = any_constant("c");
  static const RuleSet instance = {
      rule("layer-norm", centered / root, layer_norm),
      rule("layer-norm-product", centered * inverse_root, layer_norm),
      rule("layer-norm-scale", norm * c, scale),
      rule("layer-norm-shift", norm + c, shift),
  };
  return instance;
}

}  // namespace

Pass fuse_layer_norm_pass() {
  return rewrite_pass("fuse-layer-norm", "Spelled-out normalisations become layer_norm.",
                      Numerics::reassociating, rules);
}

}  // namespace corecast::passes
