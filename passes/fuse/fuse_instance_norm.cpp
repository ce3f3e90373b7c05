// fuse-instance-norm: normalisation of every channel over its spatial dimensions.
//
// Given:   layer_norm(x) {axes=[2,3]}  (x: rank 4)        Result:   instance_norm(x)
//          layer_norm(x) {axes=[2]} * const [C,1]                   instance_norm(x, gamma)
//          instance_norm(x) * const g + const b                     instance_norm(x, gamma=g,
//          beta=b)
//
// The constants vary along the channels (axis 1). A rank-3 layer_norm over the last axis is what
// transformers use: only constants per channel make it an instance_norm.
#include <algorithm>

#include "ops/normalization/normalization.h"
#include "passes/fuse/weights.h"
#include "passes/rewrite.h"

namespace corecast::passes {
namespace {

/// Whether the norm has no parameters and covers the dims from 2 to the last of rank 3 or 4.
bool is_spatial(const Match& m, const op::LayerNorm& norm) {
  const std::int64_t rank = m.type(norm.x).rank();
  if (norm.gamma || norm.beta || !norm.axes || (rank != 3 && rank != 4)) return false;
  std::vector<std::int64_t> axes = *norm.axes;
  for (auto& a : axes) a += a < 0 ? rank : 0;
  std::sort(axes.begin(), axes.end());
  return rank == 3 ? axes == std::vector<std::int64_t>{2} : axes == std::vector<std::int64_t>{2, 3};
}

std::optional<Tensor> channel_vector(const Match& m, ValueId c, ValueId x) {
  const Type& type = m.type(x);
  if (!type.shape[1].is_constant() || m.type(c).dtype != type.dtype) return std::nullopt;
  const std::int64_t channels = type.shape[1].value();
  // A single number is no reason to carry a vector about.
  if (m.constant(c)->count() != channels) return std::nullopt;
  const auto v = fuse::per_channel(m, c, type.rank(), 1, channels);
  return v ? std::optional(fuse::vector_of(type.dtype, *v)) : std::nullopt;
}

ValueId from_layer_norm(Match& m) {
  const auto norm = m.root_op<op::LayerNorm>();
  if (!is_spatial(m, norm) || m.type(norm.x).rank() != 4) return {};
  return m.add(op::InstanceNorm{.x = norm.x, .gamma = {}, .beta = {}, .epsilon = norm.epsilon});
}

ValueId scaled_layer_norm(Match& m) {
  const auto norm = m.op<op::LayerNorm>("norm");
  if (!is_spatial(m, norm)) return {};
  const auto gamma = channel_vector(m, m["c"], norm.x);
  if (!gamma) return {};
  return m.add(op::InstanceNorm{
      .x = norm.x, .gamma = m.constant(*gamma), .beta = {}, .epsilon = norm.epsilon});
}

ValueId scale(Match& m) {
  auto norm = m.op<op::InstanceNorm>("norm");
  if (norm.gamma || norm.beta) return {};
  const auto gamma = channel_vector(m, m["c"], norm.x);
  if (!gamma) return {};
  norm.gamma = m.constant(*gamma);
  return m.add(norm);
}

ValueId shift(Match& m) {
  auto norm = m.op<op::InstanceNorm>("norm");
  if (norm.beta) return {};
  const auto beta = channel_vector(m, m["c"], norm.x);
  if (!beta) return {};
  norm.beta = m.constant(*beta);
  return m.add(norm);
}

const RuleSet& rules() {
  const Pattern c = any_constant("c");
  const Pattern norm = is<op::InstanceNorm>().named("norm");
  static const RuleSet instance = {
      rule("instance-norm", is<op::LayerNorm>(), from_layer_norm),
      rule("instance-norm-channels", is<op::LayerNorm>().named("norm") * c, scaled_layer_norm),
      rule("instance-norm-scale", norm * c, scale),
      rule("instance-norm-shift", norm + c, shift),
  };
  return instance;
}

}  // namespace

Pass fuse_instance_norm_pass() {
  return rewrite_pass("fuse-instance-norm", "Normalisations of channels become instance_norm.",
                      Numerics::reassociating, rules);
}

}  // namespace corecast::passes
