// Normalisations that MIL lacks, or has for some ranks or for constant parameters only.
#include <algorithm>
#include <cmath>

#include "converter/coreml/legalise/site.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/normalization/normalization.h"
#include "ops/reduction/reduction.h"
#include "ops/shape/concat.h"
#include "ops/shape/shape.h"
#include "ops/shape/slice_by_index.h"

namespace corecast::coreml::legal {
namespace {

/// v [C] as [C, 1, ...]: broadcasts along axis 1 of a tensor of this rank.
ValueId along_channels(Site& s, ValueId v, std::int64_t rank) {
  if (rank <= 2) return v;
  Ints to(static_cast<std::size_t>(rank - 1), 1);
  to[0] = -1;
  return s.reshape(v, to);
}

/// v, which has x's sizes along the (ascending, non-negative) axes, with ones elsewhere behind the
/// first.
ValueId along_axes(Site& s, ValueId v, const Ints& axes, std::int64_t rank) {
  if (axes.empty() || static_cast<std::int64_t>(axes.size()) == rank - axes.front()) return v;
  if (!s.type(v).is_static()) return {};
  Ints to(static_cast<std::size_t>(rank - axes.front()), 1);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    to[static_cast<std::size_t>(axes[i] - axes.front())] = s.shape(v)[i].value();
  }
  return s.reshape(v, to);
}

Ints sorted_axes(Ints axes, std::int64_t rank) {
  for (auto& a : axes) a += a < 0 ? rank : 0;
  std::sort(axes.begin(), axes.end());
  return axes;
}

ValueId scaled(Site& s, ValueId y, ValueId gamma, ValueId beta) {
  if (gamma) y = s.add(op::Mul{y, s.cast(gamma, s.dtype(y))});
  if (beta) y = s.add(op::Add{y, s.cast(beta, s.dtype(y))});
  return y;
}

bool is_constant(Site& s, ValueId v) {
  if (!v || s.constant(v)) return true;
  const OpId def = s.f().def(v);
  return def && s.f().op(def).schema->traits.constexpr_op;
}

Values rms_norm(Site& s) {
  const auto o = s.get<op::RmsNorm>();
  const Ints axes = sorted_axes(o.axes, s.rank(o.x));
  const auto power = s.add(op::ReduceMean{s.add(op::Square{o.x}), axes, true});
  const auto y = s.add(op::Mul{o.x, s.add(op::Rsqrt{power, o.epsilon})});
  if (!o.gamma) return {y};
  const auto gamma = along_axes(s, o.gamma, axes, s.rank(o.x));
  if (!gamma) return s.refuse("gamma of unknown sizes over axes that are no suffix");
  return {scaled(s, y, gamma, {})};
}

/// x [N, C, ...] as [N, groups, the rest].
ValueId split_groups(Site& s, ValueId x, std::int64_t groups) {
  const Shape shape = s.shape(x);
  if (shape[0].is_constant()) return s.reshape(x, {shape[0].value(), groups, -1});
  Dim inner = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) inner = inner * shape[i];
  if (inner.is_constant()) return s.reshape(x, {-1, groups, inner.value() / groups});
  const auto n =
      s.add(op::SliceByIndex{s.add(op::ShapeOf{x}), s.ints({0}), s.ints({1}), {}, {}, {}, {}});
  return s.add(op::Reshape{x, s.add(op::Concat{{n, s.ints({groups, -1})}, 0})});
}

ValueId like_shape_of(Site& s, ValueId y, ValueId x) {
  Ints to;
  int unknown = 0;
  for (const Dim& d : s.shape(x)) {
    to.push_back(d.is_constant() ? d.value() : -1);
    unknown += !d.is_constant();
  }
  if (unknown <= 1) return s.reshape(y, to);
  return s.add(op::Reshape{y, s.add(op::ShapeOf{x})});
}

Values group_norm(Site& s) {
  const auto o = s.get<op::GroupNorm>();
  const auto grouped = split_groups(s, o.x, o.num_groups);
  const auto y = s.add(op::LayerNorm{grouped, {}, {}, Ints{2}, o.epsilon});
  const std::int64_t rank = s.rank(o.x);
  return {scaled(s, like_shape_of(s, y, o.x),
                 o.gamma ? along_channels(s, o.gamma, rank) : ValueId(),
                 o.beta ? along_channels(s, o.beta, rank) : ValueId())};
}

// MIL has ranks 3 and 4, and constant parameters.
Values instance_norm(Site& s) {
  const auto o = s.get<op::InstanceNorm>();
  const std::int64_t rank = s.rank(o.x);
  const bool constant = is_constant(s, o.gamma) && is_constant(s, o.beta);
  if (constant && (rank == 3 || rank == 4)) return {};
  Ints axes;
  for (std::int64_t a = 2; a < rank; ++a) axes.push_back(a);
  const auto y = s.add(op::LayerNorm{o.x, {}, {}, axes, o.epsilon});
  return {scaled(s, y, o.gamma ? along_channels(s, o.gamma, rank) : ValueId(),
                 o.beta ? along_channels(s, o.beta, rank) : ValueId())};
}

Values layer_norm(Site& s) {
  const auto o = s.get<op::LayerNorm>();
  if (is_constant(s, o.gamma) && is_constant(s, o.beta)) return {};
  const std::int64_t rank = s.rank(o.x);
  Ints axes;
  for (std::int64_t a = 0; a < rank; ++a) axes.push_back(a);
  if (o.axes) axes = sorted_axes(*o.axes, rank);
  const auto y = s.add(op::LayerNorm{o.x, {}, {}, axes, o.epsilon});
  const auto gamma = o.gamma ? along_axes(s, o.gamma, axes, rank) : ValueId();
  const auto beta = o.beta ? along_axes(s, o.beta, axes, rank) : ValueId();
  if ((o.gamma && !gamma) || (o.beta && !beta))
    return s.refuse("gamma or beta of unknown sizes over axes that are no suffix");
  return {scaled(s, y, gamma, beta)};
}

// MIL has ranks 3 to 5 and constant parameters. The arithmetic of constants is done here and now.
Values batch_norm(Site& s) {
  const auto o = s.get<op::BatchNorm>();
  const std::int64_t rank = s.rank(o.x);
  const bool constant = is_constant(s, o.mean) && is_constant(s, o.variance) &&
                        is_constant(s, o.gamma) && is_constant(s, o.beta);
  if (constant && rank >= 3 && rank <= 5) return {};
  const Tensor *mean = s.constant(o.mean), *variance = s.constant(o.variance),
               *gamma = s.constant(o.gamma), *beta = s.constant(o.beta);
  if (mean && variance && (gamma || !o.gamma) && (beta || !o.beta)) {
    Tensor factor = Tensor::empty(s.dtype(o.x), mean->dims()),
           shift = Tensor::empty(s.dtype(o.x), mean->dims());
    for (std::int64_t i = 0; i < mean->count(); ++i) {
      const double k = (gamma ? gamma->at(i) : 1) / std::sqrt(variance->at(i) + o.epsilon);
      factor.set(i, k);
      shift.set(i, (beta ? beta->at(i) : 0) - mean->at(i) * k);
    }
    const auto y =
        s.add(op::Mul{o.x, along_channels(s, s.builder.constant(std::move(factor)), rank)});
    return {s.add(op::Add{y, along_channels(s, s.builder.constant(std::move(shift)), rank)})};
  }
  const DType dtype = s.dtype(o.x);
  auto wide = [&](ValueId v) { return v ? along_channels(s, s.cast(v, dtype), rank) : v; };
  const auto centered = s.add(op::Sub{o.x, wide(o.mean)});
  return {scaled(s, s.add(op::Mul{centered, s.add(op::Rsqrt{wide(o.variance), o.epsilon})}),
                 wide(o.gamma), wide(o.beta))};
}

// Only rank 4 has its channels where MIL's op looks for them.
Values local_response_norm(Site& s) {
  const auto rank = s.rank(s.get<op::LocalResponseNorm>().x);
  if (rank == 3 || rank == 4) return {};
  return s.refuse("local_response_norm of another rank than 3 and 4");
}

}  // namespace

void add_norms(Expansions& out) {
  out.insert(out.end(), {{OpKind::RmsNorm, rms_norm},
                         {OpKind::GroupNorm, group_norm},
                         {OpKind::InstanceNorm, instance_norm},
                         {OpKind::LayerNorm, layer_norm},
                         {OpKind::BatchNorm, batch_norm},
                         {OpKind::LocalResponseNorm, local_response_norm}});
}

}  // namespace corecast::coreml::legal
