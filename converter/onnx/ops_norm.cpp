// Normalisations.
#include <numeric>

#include "converter/emit/broadcasting.h"
#include "converter/onnx/rows.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/elementwise/select.h"
#include "ops/normalization/normalization.h"
#include "ops/reduction/reduction.h"
#include "ops/shape/reshape.h"
#include "ops/shape/shape.h"

namespace corecast::onnx {
namespace {

// A vector of `size` laid along axis 1 of a tensor of `rank`.
ValueId along_channels(OnnxNode& n, ValueId v, std::int64_t rank) {
  return emit::along_axis(n, v, rank > 1 ? 1 : 0, rank);
}

// (x - mean) / sqrt(variance + epsilon) over `axes`, keeping dims.
ValueId standardized(OnnxNode& n, ValueId x, const std::vector<std::int64_t>& axes,
                     double epsilon) {
  op::ReduceMean mean{};
  mean.x = x;
  mean.axes = axes;
  mean.keep_dims = true;
  const ValueId centered = n.add(op::Sub{x, n.add(mean)});
  mean.x = n.add(op::Square{centered});
  return n.add(op::Mul{centered, n.add(op::Rsqrt{.x = n.add(mean), .epsilon = epsilon})});
}

}  // namespace

Values batch_normalization(OnnxNode& n) {
  op::BatchNorm b{};
  b.x = n.input(0);
  b.gamma = n.input(1);
  b.beta = n.input(2);
  b.mean = n.input(3);
  b.variance = n.input(4);
  b.epsilon = n.real("epsilon", static_cast<double>(1e-5f));
  if (n.failed()) return {};
  if (n.integer("training_mode", 0))
    return n.unsupported("training_mode: export the model for inference");
  const std::int64_t rank = n.rank(b.x);
  const bool constants =
      n.constant(b.gamma) && n.constant(b.beta) && n.constant(b.mean) && n.constant(b.variance);
  if (rank >= 3 && rank <= 5 && constants && n.dtype(b.mean) == n.dtype(b.x)) return {n.add(b)};
  const DType dtype = n.dtype(b.x);
  const auto channel = [&](ValueId v) {
    return along_channels(n, n.dtype(v) == dtype ? v : n.add(op::Cast{v, dtype}), rank);
  };
  const ValueId scale = n.add(
      op::Mul{channel(b.gamma), n.add(op::Rsqrt{.x = channel(b.variance), .epsilon = b.epsilon})});
  const ValueId centered = n.add(op::Sub{b.x, channel(b.mean)});
  return {n.add(op::Add{n.add(op::Mul{centered, scale}), channel(b.beta)})};
}

// At inference nothing is dropped.
Values dropout(OnnxNode& n) {
  const ValueId x = n.input(0);
  if (n.has(2)) {
    if (n.known_flag(n.optional(2)).value_or(true))
      return n.unsupported("training_mode: export the model for inference");
  }
  if (!n.wants_output(1)) return {x};
  return {x, n.add(op::Equal{x, x})};
}

Values instance_normalization(OnnxNode& n) {
  op::InstanceNorm i{};
  i.x = n.input(0);
  i.gamma = n.input(1);
  i.beta = n.input(2);
  i.epsilon = n.real("epsilon", static_cast<double>(1e-5f));
  if (n.failed()) return {};
  const std::int64_t rank = n.rank(i.x);
  if (rank >= 3 && rank <= 4 && n.constant(i.gamma) && n.constant(i.beta)) return {n.add(i)};
  std::vector<std::int64_t> axes(static_cast<std::size_t>(std::max<std::int64_t>(rank - 2, 0)));
  std::iota(axes.begin(), axes.end(), 2);
  if (axes.empty()) return n.fail("the input has no spatial dimension");
  const ValueId y = standardized(n, i.x, axes, i.epsilon);
  const ValueId scaled = n.add(op::Mul{y, along_channels(n, i.gamma, rank)});
  return {n.add(op::Add{scaled, along_channels(n, i.beta, rank)})};
}

// Normalises over the dims from `axis` on; scale and bias broadcast against them.
Values layer_normalization(OnnxNode& n) {
  const ValueId x = n.input(0);
  const ValueId scale = n.input(1);
  const ValueId bias = n.optional(2);
  if (n.failed()) return {};
  const std::int64_t rank = n.rank(x);
  const std::int64_t axis = n.need_axis(n.integer("axis", -1), rank);
  if (n.failed()) return {};
  const double epsilon = n.real("epsilon", static_cast<double>(1e-5f));
  std::vector<std::int64_t> axes(static_cast<std::size_t>(rank - axis));
  std::iota(axes.begin(), axes.end(), axis);
  if (n.wants_output(1) || n.wants_output(2)) {
    op::ReduceMean mean{};
    mean.x = x;
    mean.axes = axes;
    mean.keep_dims = true;
    const ValueId average = n.add(mean);
    const ValueId centered = n.add(op::Sub{x, average});
    mean.x = n.add(op::Square{centered});
    const ValueId inverse = n.add(op::Rsqrt{.x = n.add(mean), .epsilon = epsilon});
    ValueId y = n.add(op::Mul{n.add(op::Mul{centered, inverse}), scale});
    if (bias) y = n.add(op::Add{y, bias});
    return {y, average, inverse};
  }
  const auto fits = [&](ValueId v) {
    const Tensor* t = n.constant(v);
    const Shape normalized(n.shape(x).begin() + axis, n.shape(x).end());
    return t && ir::is_static(normalized) && t->dims() == ir::static_dims(normalized);
  };
  if (fits(scale) && (!bias || fits(bias))) {
    op::LayerNorm l{};
    l.x = x;
    l.axes = axes;
    l.gamma = scale;
    l.beta = bias;
    l.epsilon = epsilon;
    return {n.add(l)};
  }
  ValueId y = n.add(op::Mul{standardized(n, x, axes, epsilon), scale});
  if (bias) y = n.add(op::Add{y, bias});
  return {y};
}

// Channels are split into groups, each standardised with its spatial dims. Before opset 21 scale
// and bias were per group, since then per channel.
Values group_normalization(OnnxNode& n) {
  const ValueId x = n.input(0);
  const ValueId scale = n.input(1);
  const ValueId bias = n.input(2);
  const std::int64_t groups = n.integer("num_groups", 0);
  if (n.failed()) return {};
  const std::int64_t rank = n.rank(x);
  if (rank < 2 || groups < 1 || !n.shape(x)[1].is_constant() ||
      n.shape(x)[1].value() % groups != 0) {
    return n.fail(groups, " groups do not divide the channels of ", ir::to_string(n.shape(x)));
  }
  const std::int64_t channels = n.shape(x)[1].value();
  const double epsilon = n.real("epsilon", static_cast<double>(1e-5f));
  const ValueId original = n.add(op::ShapeOf{x});
  // [N, G, C/G * spatial]: the last axis takes whatever the others leave, N is copied.
  const ValueId grouped =
      n.shape(x)[0].is_constant() ? n.ints({n.shape(x)[0].value(), groups, -1}) : ValueId();
  Dim inner(channels / groups);
  for (std::int64_t i = 2; i < rank; ++i) inner = inner * n.shape(x)[static_cast<std::size_t>(i)];
  const ValueId target = grouped               ? grouped
                         : inner.is_constant() ? n.ints({-1, groups, inner.value()})
                                               : ValueId();
  if (!target) return n.unsupported("flexible batch and spatial sizes together");
  const ValueId y = standardized(n, n.add(op::Reshape{x, target}), {2}, epsilon);
  const bool per_group = n.opset() < 21;
  const auto parameter = [&](ValueId v) {
    if (!per_group) return along_channels(n, v, rank);
    return n.add(op::Reshape{v, n.ints({1, groups, 1})});
  };
  if (per_group) {
    const ValueId scaled = n.add(op::Add{n.add(op::Mul{y, parameter(scale)}), parameter(bias)});
    return {n.add(op::Reshape{scaled, original})};
  }
  const ValueId back = n.add(op::Reshape{y, original});
  return {n.add(op::Add{n.add(op::Mul{back, parameter(scale)}), parameter(bias)})};
}

// x / |x|_p along one axis.
Values lp_normalization(OnnxNode& n) {
  const ValueId x = n.input(0);
  const std::int64_t p = n.integer("p", 2);
  const std::vector<std::int64_t> axes = {n.integer("axis", -1)};
  const auto norm = [&](auto reduction) {
    reduction.x = x;
    reduction.axes = axes;
    reduction.keep_dims = true;
    return n.add(reduction);
  };
  if (p != 1 && p != 2) return n.fail("p is ", p, "; 1 and 2 are defined");
  const ValueId d = p == 1 ? norm(op::ReduceL1Norm{}) : norm(op::ReduceL2Norm{});
  // Zeros stay zeros.
  const ValueId one = n.scalar(n.dtype(d), 1);
  const ValueId divisor = n.add(op::Select{n.add(op::Equal{d, n.scalar(n.dtype(d), 0)}), one, d});
  return {n.add(op::RealDiv{x, divisor})};
}

Values lrn(OnnxNode& n) {
  op::LocalResponseNorm l{};
  l.x = n.input(0);
  l.size = n.integer("size", 1);
  l.alpha = n.real("alpha", static_cast<double>(1e-4f));
  l.beta = n.real("beta", 0.75);
  l.k = n.real("bias", 1.0);
  return {n.add(l)};
}

}  // namespace corecast::onnx
