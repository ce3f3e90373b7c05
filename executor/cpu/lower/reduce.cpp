// Reductions, softmax and normalisations.

#include "executor/cpu/kernels/reduce.h"

#include <cmath>

#include "executor/cpu/kernels/buffer.h"
#include "executor/cpu/lower/lower.h"
#include "ops/activation/softmax.h"
#include "ops/normalization/normalization.h"
#include "ops/reduction/reduction.h"

namespace corecast::executor {

using ir::OpKind;
using ir::ValueId;

namespace {

/// What all reductions say, whichever they are.
struct Reducing {
  cpu::Reduction kind;
  ValueId x;
  std::optional<Dims> axes;
  bool keep_dims;
};

template <class Op>
Reducing reducing(const Lowering& l, cpu::Reduction kind) {
  auto op = l.get<Op>();
  return {kind, op.x, std::move(op.axes), op.keep_dims};
}

std::optional<Reducing> reducing(const Lowering& l) {
  using cpu::Reduction;
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

/// Mean over all pixels of a blocked value: one window per channel block.
bool lower_blocked_mean(Lowering& l, ValueId x, bool keep_dims) {
  const Dims dims = l.dims(x);
  const std::int64_t w = cpu::kernels().width;
  const std::int64_t blocks = cpu::ceil_div(dims[1], w), area = product(dims, 2);
  const SlotId a = l.blocked(x);
  const SlotId y = l.make(l.result(), keep_dims ? Layout::blocked : Layout::plain);
  return l.step("global_mean", {a}, {y}, [=](Frame& f) {
    const std::int64_t grain = std::max<std::int64_t>(1, 16384 / (area * w));
    f.pool().parallel_for(dims[0] * blocks, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        float sums[64];
        cpu::WindowArgs t;
        t.x = f.f32(a) + i * area * w;
        t.x_tap = w;
        t.kh = 1;
        t.kw = area;
        t.pixels = 1;
        t.y = sums;
        t.scale = 1.f / static_cast<float>(area);
        t.lo = -INFINITY;
        t.hi = INFINITY;
        cpu::kernels().sum_window(t);
        const std::int64_t n = i / blocks, c = i % blocks * w;
        float* to = keep_dims ? f.f32(y) + i * w : f.f32(y) + n * dims[1] + c;
        std::copy_n(sums, keep_dims ? w : std::min(w, dims[1] - c), to);
      }
    });
    return Status();
  });
}

}  // namespace

bool lower_reduce(Lowering& l) {
  const auto op = reducing(l);
  if (!op || !l.is_float(op->x)) return false;
  const Dims dims = l.dims(op->x);
  const auto mask = axis_mask(op->axes, dims.size());
  if (op->kind == cpu::Reduction::mean && l.is_blocked(op->x)) {
    bool spatial = !mask[0] && !mask[1];
    for (std::size_t i = 2; i < mask.size(); ++i) spatial = spatial && mask[i];
    if (spatial && product(dims, 2) > 0) return lower_blocked_mean(l, op->x, op->keep_dims);
  }
  if (product(dims) == 0) return false;  // the room knows what nothing reduces to
  const SlotId x = l.plain(op->x), y = l.make(l.result());
  return l.step("reduce", {x}, {y}, [=, kind = op->kind](Frame& f) {
    cpu::reduce(f.pool(), kind, f.f32(x), dims, mask, f.f32(y));
    return Status();
  });
}

namespace {

template <class Op>
bool lower_arg_reduce(Lowering& l, bool largest) {
  const auto op = l.get<Op>();
  const Dims dims = l.dims(op.x);
  if (!l.is_float(op.x) || dims.empty() || l.dtype(l.result()) != ir::DType::i32 ||
      product(dims) == 0)
    return false;
  const std::size_t axis = axis_of(op.axis, dims.size());
  const std::int64_t outer = product(dims, 0, axis), n = dims[axis],
                     inner = product(dims, axis + 1);
  const SlotId x = l.plain(op.x), y = l.make(l.result());
  return l.step("arg_reduce", {x}, {y}, [=](Frame& f) {
    cpu::arg_extreme(f.pool(), largest, f.f32(x), outer, n, inner, f.at<std::int32_t>(y));
    return Status();
  });
}

}  // namespace

bool lower_arg_reduce(Lowering& l) {
  return l.data().schema->kind == OpKind::ReduceArgmax
             ? lower_arg_reduce<op::ReduceArgmax>(l, true)
             : lower_arg_reduce<op::ReduceArgmin>(l, false);
}

bool lower_softmax(Lowering& l) {
  const auto op = l.get<op::Softmax>();
  const Dims dims = l.dims(op.x);
  if (!l.is_float(op.x) || dims.empty()) return false;
  const std::size_t axis = axis_of(op.axis, dims.size());
  const std::int64_t outer = product(dims, 0, axis), n = dims[axis],
                     inner = product(dims, axis + 1);
  const SlotId x = l.plain(op.x), y = l.make(l.result());
  return l.step(
      "softmax", {x}, {y},
      [=](Frame& f) {
        cpu::softmax(f.pool(), f.f32(x), f.f32(y), outer, n, inner);
        return Status();
      },
      x);
}

bool lower_log_softmax(Lowering& l) {
  const auto op = l.get<op::LogSoftmax>();
  const Dims dims = l.dims(op.x);
  if (!l.is_float(op.x) || dims.empty()) return false;
  const std::size_t axis = axis_of(op.axis, dims.size());
  const std::int64_t rows = product(dims, 0, axis), n = dims[axis];
  if (product(dims, axis + 1) != 1) return false;
  const SlotId x = l.plain(op.x), y = l.make(l.result());
  return l.step(
      "log_softmax", {x}, {y},
      [=](Frame& f) {
        cpu::log_softmax(f.pool(), f.f32(x), f.f32(y), rows, n);
        return Status();
      },
      x);
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
  const std::int64_t rows = product(dims, 0, *first), n = product(dims, *first);
  const SlotId x = l.plain(op.x);
  std::vector<SlotId> reads{x};
  const SlotId gamma = op.gamma ? reads.emplace_back(l.plain(op.gamma)) : SlotId();
  const SlotId y = l.make(l.result());
  return l.step(
      "rms_norm", reads, {y},
      [=, epsilon = static_cast<float>(op.epsilon)](Frame& f) {
        cpu::rms_norm(f.pool(), f.f32(x), f.f32(y), rows, n, gamma ? f.f32(gamma) : nullptr,
                      epsilon);
        return Status();
      },
      x);
}

bool lower_layer_norm(Lowering& l) {
  const auto op = l.get<op::LayerNorm>();
  const Dims dims = l.dims(op.x);
  const auto first = trailing_axes(axis_mask(op.axes, dims.size()));
  if (!l.is_float(op.x) || !first || product(dims) == 0) return false;
  const std::int64_t rows = product(dims, 0, *first), n = product(dims, *first);
  const SlotId x = l.plain(op.x);
  std::vector<SlotId> reads{x};
  const SlotId gamma = op.gamma ? reads.emplace_back(l.plain(op.gamma)) : SlotId();
  const SlotId beta = op.beta ? reads.emplace_back(l.plain(op.beta)) : SlotId();
  const SlotId y = l.make(l.result());
  return l.step(
      "layer_norm", reads, {y},
      [=, epsilon = static_cast<float>(op.epsilon)](Frame& f) {
        cpu::layer_norm(f.pool(), f.f32(x), f.f32(y), rows, n, gamma ? f.f32(gamma) : nullptr,
                        beta ? f.f32(beta) : nullptr, epsilon);
        return Status();
      },
      x);
}

bool lower_instance_norm(Lowering& l) {
  const auto op = l.get<op::InstanceNorm>();
  const Dims dims = l.dims(op.x);
  if (!l.is_float(op.x) || dims.size() < 3 || product(dims) == 0) return false;
  const SlotId x = l.plain(op.x);
  std::vector<SlotId> reads{x};
  const SlotId gamma = op.gamma ? reads.emplace_back(l.plain(op.gamma)) : SlotId();
  const SlotId beta = op.beta ? reads.emplace_back(l.plain(op.beta)) : SlotId();
  const SlotId y = l.make(l.result());
  return l.step(
      "instance_norm", reads, {y},
      [=, epsilon = static_cast<float>(op.epsilon)](Frame& f) {
        cpu::instance_norm(f.pool(), f.f32(x), f.f32(y), dims[0] * dims[1], product(dims, 2),
                           dims[1], gamma ? f.f32(gamma) : nullptr, beta ? f.f32(beta) : nullptr,
                           epsilon);
        return Status();
      },
      x);
}

bool lower_batch_norm(Lowering& l) {
  const auto op = l.get<op::BatchNorm>();
  const Dims dims = l.dims(op.x);
  const ir::Tensor *mean = l.constant(op.mean), *variance = l.constant(op.variance);
  const ir::Tensor *gamma = l.constant(op.gamma), *beta = l.constant(op.beta);
  if (!l.is_float(op.x) || dims.size() < 2 || !mean || !variance || (op.gamma && !gamma) ||
      (op.beta && !beta))
    return false;
  std::vector<float> scale, shift;
  for (std::int64_t c = 0; c < dims[1]; ++c) {
    const double s = (gamma ? gamma->at(c) : 1) / std::sqrt(variance->at(c) + op.epsilon);
    scale.push_back(static_cast<float>(s));
    shift.push_back(static_cast<float>((beta ? beta->at(c) : 0) - mean->at(c) * s));
  }
  const SlotId x = l.plain(op.x), y = l.make(l.result());
  return l.step(
      "batch_norm", {x}, {y},
      [=](Frame& f) {
        cpu::scale_channels(f.pool(), f.f32(x), f.f32(y), dims[0] * dims[1], product(dims, 2),
                            dims[1], scale.data(), shift.data());
        return Status();
      },
      x);
}

}  // namespace corecast::executor
