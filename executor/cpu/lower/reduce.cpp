// Reductions, softmax and normalisations.

#include "executor/cpu/kernels/reduce.h"

#include <cmath>

#include "executor/cpu/kernels/buffer.h"
#include "executor/cpu/lower/lower.h"
#include "ops/activation/softmax.h"
#include "ops/normalization/normalization.h"
#include "ops/reduction/reduction.h"

namespace corecast::cpu {

using ir::OpKind;
using ir::ValueId;

namespace {

/// What all reductions say, whichever they are.
struct Reducing {
  Reduction kind;
  ValueId x;
  std::optional<Dims> axes;
  bool keep_dims;
};

template <class Op>
Reducing reducing(const Lowering& l, Reduction kind) {
  auto op = l.get<Op>();
  return {kind, op.x, std::move(op.axes), op.keep_dims};
}

std::optional<Reducing> reducing(const Lowering& l) {
  switch (l.data().schema->kind) {
    case OpKind::ReduceL1Norm: return reducing<op::ReduceL1Norm>(l, Reduction::l1_norm);
    case OpKind::ReduceL2Norm: return reducing<op::ReduceL2Norm>(l, Reduction::l2_norm);
    case OpKind::ReduceLogSum: return reducing<op::ReduceLogSum>(l, Reduction::log_sum);
    case OpKind::ReduceLogSumExp: return reducing<op::ReduceLogSumExp>(l, Reduction::log_sum_exp);
    case OpKind::ReduceMax: return reducing<op::ReduceMax>(l, Reduction::max);
    case OpKind::ReduceMean: return reducing<op::ReduceMean>(l, Reduction::mean);
    case OpKind::ReduceMin: return reducing<op::ReduceMin>(l, Reduction::min);
    case OpKind::ReduceProd: return reducing<op::ReduceProd>(l, Reduction::prod);
    case OpKind::ReduceSum: return reducing<op::ReduceSum>(l, Reduction::sum);
    case OpKind::ReduceSumSquare: return reducing<op::ReduceSumSquare>(l, Reduction::sum_square);
    default: return std::nullopt;
  }
}

/// Which axes a list (absent: all) names.
std::vector<bool> axis_mask(const std::optional<Dims>& axes, std::size_t rank) {
  std::vector<bool> mask(rank, !axes);
  if (axes)
    for (const auto a : *axes) mask[axis_of(a, rank)] = true;
  return mask;
}

}  // namespace

/// Mean over all pixels of x [n, c, area], blocked: one window per channel block.
struct GlobalMeanArguments {
  std::int64_t n = 0, c = 0, area = 0;
  bool blocked = false;  ///< the result
};
Status run_global_mean(const GlobalMeanArguments& a, const Call& c) {
  const std::int64_t w = kernels().width, blocks = ceil_div(a.c, w);
  const float* x = c.in(0);
  float* y = c.out(0);
  const std::int64_t grain = std::max<std::int64_t>(1, 16384 / (a.area * w));
  c.pool().parallel_for(a.n * blocks, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      float sums[64];
      WindowArgs t;
      t.x = x + i * a.area * w;
      t.x_tap = w;
      t.kh = 1;
      t.kw = a.area;
      t.pixels = 1;
      t.y = sums;
      t.scale = 1.f / static_cast<float>(a.area);
      t.lo = -INFINITY;
      t.hi = INFINITY;
      kernels().sum_window(t);
      const std::int64_t image = i / blocks, channel = i % blocks * w;
      float* to = a.blocked ? y + i * w : y + image * a.c + channel;
      std::copy_n(sums, a.blocked ? w : std::min(w, a.c - channel), to);
    }
  });
  return {};
}

namespace {

bool lower_blocked_mean(Lowering& l, ValueId x, bool keep_dims) {
  const Dims dims = l.dims(x);
  const SlotId a = l.blocked(x);
  const SlotId y = l.make(l.result(), keep_dims ? kBlocked : kPlain);
  return l.step(Kernel::global_mean,
                GlobalMeanArguments{dims[0], dims[1], product(dims, 2), keep_dims}, {a}, {y});
}

}  // namespace

struct ReduceArguments {
  Reduction kind = Reduction::sum;
  Dims dims;
  std::vector<bool> reduced;  ///< per axis
};
Status run_reduce(const ReduceArguments& a, const Call& c) {
  reduce(c.pool(), a.kind, c.in(0), a.dims, a.reduced, c.out(0));
  return {};
}

bool lower_reduce(Lowering& l) {
  const auto op = reducing(l);
  if (!op || !l.is_float(op->x)) return false;
  const Dims dims = l.dims(op->x);
  const auto mask = axis_mask(op->axes, dims.size());
  if (op->kind == Reduction::mean && l.is_blocked(op->x)) {
    bool spatial = !mask[0] && !mask[1];
    for (std::size_t i = 2; i < mask.size(); ++i) spatial = spatial && mask[i];
    if (spatial && product(dims, 2) > 0) return lower_blocked_mean(l, op->x, op->keep_dims);
  }
  if (product(dims) == 0) return false;  // the room knows what nothing reduces to
  const SlotId x = l.plain(op->x), y = l.make(l.result());
  return l.step(Kernel::reduce, ReduceArguments{op->kind, dims, mask}, {x}, {y});
}

/// Along the middle of x [outer, n, inner].
struct ArgReduceArguments {
  Extreme which;
  bool wide = false;  ///< i64, else i32
  std::int64_t outer = 0, n = 0, inner = 0;
};
Status run_arg_reduce(const ArgReduceArguments& a, const Call& c) {
  const auto into = [&](auto* y) {
    arg_extreme(c.pool(), a.which, c.in(0), a.outer, a.n, a.inner, y);
  };
  if (a.wide)
    into(c.out<std::int64_t>(0));
  else
    into(c.out<std::int32_t>(0));
  return {};
}

namespace {

template <class Op>
bool lower_arg_reduce(Lowering& l, bool largest) {
  const auto op = l.get<Op>();
  const Dims dims = l.dims(op.x);
  const ir::DType index = l.dtype(l.result());
  if (!l.is_float(op.x) || dims.empty() || product(dims) == 0 ||
      (index != ir::DType::i32 && index != ir::DType::i64))
    return false;
  const std::size_t axis = axis_of(op.axis, dims.size());
  const SlotId x = l.plain(op.x), y = l.make(l.result());
  const ArgReduceArguments arguments{.which = {.largest = largest, .last = op.last},
                                     .wide = index == ir::DType::i64,
                                     .outer = product(dims, 0, axis),
                                     .n = dims[axis],
                                     .inner = product(dims, axis + 1)};
  return l.step(Kernel::arg_reduce, arguments, {x}, {y});
}

}  // namespace

bool lower_arg_reduce(Lowering& l) {
  return l.data().schema->kind == OpKind::ReduceArgmax
             ? lower_arg_reduce<op::ReduceArgmax>(l, true)
             : lower_arg_reduce<op::ReduceArgmin>(l, false);
}

/// Along the middle of x [outer, n, inner].
struct SoftmaxArguments {
  std::int64_t outer = 0, n = 0, inner = 0;
};
Status run_softmax(const SoftmaxArguments& a, const Call& c) {
  softmax(c.pool(), c.in(0), c.out(0), a.outer, a.n, a.inner);
  return {};
}

bool lower_softmax(Lowering& l) {
  const auto op = l.get<op::Softmax>();
  const Dims dims = l.dims(op.x);
  if (!l.is_float(op.x) || dims.empty()) return false;
  const std::size_t axis = axis_of(op.axis, dims.size());
  const SlotId x = l.plain(op.x), y = l.make(l.result());
  return l.step(Kernel::softmax,
                SoftmaxArguments{product(dims, 0, axis), dims[axis], product(dims, axis + 1)}, {x},
                {y}, x);
}

/// Over rows of n. Operands of norms: x, gamma and beta, both of which may be missing.
struct RowsArguments {
  std::int64_t rows = 0, n = 0;
  float epsilon = 0;
};
Status run_log_softmax(const RowsArguments& a, const Call& c) {
  log_softmax(c.pool(), c.in(0), c.out(0), a.rows, a.n);
  return {};
}
Status run_rms_norm(const RowsArguments& a, const Call& c) {
  rms_norm(c.pool(), c.in(0), c.out(0), a.rows, a.n, c.in(1), a.epsilon);
  return {};
}
Status run_layer_norm(const RowsArguments& a, const Call& c) {
  layer_norm(c.pool(), c.in(0), c.out(0), a.rows, a.n, c.in(1), c.in(2), a.epsilon);
  return {};
}

bool lower_log_softmax(Lowering& l) {
  const auto op = l.get<op::LogSoftmax>();
  const Dims dims = l.dims(op.x);
  if (!l.is_float(op.x) || dims.empty()) return false;
  const std::size_t axis = axis_of(op.axis, dims.size());
  if (product(dims, axis + 1) != 1) return false;
  const SlotId x = l.plain(op.x), y = l.make(l.result());
  return l.step(Kernel::log_softmax, RowsArguments{.rows = product(dims, 0, axis), .n = dims[axis]},
                {x}, {y}, x);
}

namespace {

/// The first of the reduced axes when they are the last ones, all of them.
std::optional<std::size_t> trailing_axes(const std::vector<bool>& mask) {
  std::size_t first = mask.size();
  while (first > 0 && mask[first - 1]) --first;
  for (std::size_t i = 0; i < first; ++i)
    if (mask[i]) return std::nullopt;
  return first < mask.size() ? std::optional(first) : std::nullopt;
}

}  // namespace

bool lower_rms_norm(Lowering& l) {
  const auto op = l.get<op::RmsNorm>();
  const Dims dims = l.dims(op.x);
  const auto first = trailing_axes(axis_mask(op.axes, dims.size()));
  if (!l.is_float(op.x) || !first || product(dims) == 0) return false;
  const SlotId x = l.plain(op.x), gamma = optional(l, op.gamma), y = l.make(l.result());
  return l.step(Kernel::rms_norm,
                RowsArguments{product(dims, 0, *first), product(dims, *first),
                              static_cast<float>(op.epsilon)},
                {x, gamma}, {y}, x);
}

bool lower_layer_norm(Lowering& l) {
  const auto op = l.get<op::LayerNorm>();
  const Dims dims = l.dims(op.x);
  const auto first = trailing_axes(axis_mask(op.axes, dims.size()));
  if (!l.is_float(op.x) || !first || product(dims) == 0) return false;
  const SlotId x = l.plain(op.x), gamma = optional(l, op.gamma), beta = optional(l, op.beta);
  const SlotId y = l.make(l.result());
  return l.step(Kernel::layer_norm,
                RowsArguments{product(dims, 0, *first), product(dims, *first),
                              static_cast<float>(op.epsilon)},
                {x, gamma, beta}, {y}, x);
}

/// Over x [rows, area]: row r has channel r % channels. Operands as of RowsArguments.
struct InstanceNormArguments {
  std::int64_t rows = 0, area = 0, channels = 0;
  float epsilon = 0;
};
Status run_instance_norm(const InstanceNormArguments& a, const Call& c) {
  instance_norm(c.pool(), c.in(0), c.out(0), a.rows, a.area, a.channels, c.in(1), c.in(2),
                a.epsilon);
  return {};
}

bool lower_instance_norm(Lowering& l) {
  const auto op = l.get<op::InstanceNorm>();
  const Dims dims = l.dims(op.x);
  if (!l.is_float(op.x) || dims.size() < 3 || product(dims) == 0) return false;
  const SlotId x = l.plain(op.x), gamma = optional(l, op.gamma), beta = optional(l, op.beta);
  const SlotId y = l.make(l.result());
  return l.step(Kernel::instance_norm,
                InstanceNormArguments{dims[0] * dims[1], product(dims, 2), dims[1],
                                      static_cast<float>(op.epsilon)},
                {x, gamma, beta}, {y}, x);
}

/// y = x * scale + shift over x [rows, area]: row r has channel r % channels.
struct BatchNormArguments {
  std::int64_t rows = 0, area = 0;
  std::vector<float> scale, shift;  ///< per channel
};
Status run_batch_norm(const BatchNormArguments& a, const Call& c) {
  scale_channels(c.pool(), c.in(0), c.out(0), a.rows, a.area,
                 static_cast<std::int64_t>(a.scale.size()), a.scale.data(), a.shift.data());
  return {};
}

bool lower_batch_norm(Lowering& l) {
  const auto op = l.get<op::BatchNorm>();
  const Dims dims = l.dims(op.x);
  const ir::Tensor *mean = l.constant(op.mean), *variance = l.constant(op.variance);
  const ir::Tensor *gamma = l.constant(op.gamma), *beta = l.constant(op.beta);
  if (!l.is_float(op.x) || dims.size() < 2 || !mean || !variance || (op.gamma && !gamma) ||
      (op.beta && !beta))
    return false;
  BatchNormArguments arguments{.rows = dims[0] * dims[1], .area = product(dims, 2)};
  for (std::int64_t c = 0; c < dims[1]; ++c) {
    const double s = (gamma ? gamma->at(c) : 1) / std::sqrt(variance->at(c) + op.epsilon);
    arguments.scale.push_back(static_cast<float>(s));
    arguments.shift.push_back(static_cast<float>((beta ? beta->at(c) : 0) - mean->at(c) * s));
  }
  const SlotId x = l.plain(op.x), y = l.make(l.result());
  return l.step(Kernel::batch_norm, std::move(arguments), {x}, {y}, x);
}

}  // namespace corecast::cpu
