// Convolutions and pooling.

#include "executor/cpu/kernels/conv.h"

#include <utility>

#include "executor/cpu/kernels/pooling.h"
#include "executor/cpu/lower/lower.h"
#include "ops/conv/conv.h"
#include "ops/conv/conv_transpose.h"
#include "ops/conv/pooling.h"
#include "ops/conv/window.h"

namespace corecast::cpu {

using ir::ValueId;

namespace {

/// Windows beyond this are left to the room: borders would take memory for nothing.
constexpr std::int64_t kLongest = 1 << 16;

/// Fills the spatial part of `s`, whose dims of 1 come first. False when a size is not known.
bool set_windows(ConvShape& s, const Dims& x, const Dims& kernel, const op::WindowSpec& spec) {
  const std::size_t spatial = x.size() - 2;
  if (spatial < 1 || spatial > 3) return false;
  auto windows = op::resolve_windows(ir::make_shape({x.begin() + 2, x.end()}), spec);
  if (!windows) return false;
  for (std::size_t i = 0; i < spatial; ++i) {
    const std::size_t at = 3 - spatial + i;
    const op::WindowDim& w = (*windows)[i];
    for (const std::int64_t v :
         {kernel[i], w.stride, w.dilation, w.before.value(), w.after.value()})
      if (v > kLongest || v < -kLongest) return false;
    s.in[at] = x[2 + i];
    s.kernel[at] = kernel[i];
    s.stride[at] = w.stride;
    s.dilation[at] = w.dilation;
    s.before[at] = w.before.value();
    s.after[at] = w.after.value();
  }
  return true;
}

void set_outputs(ConvShape& s, const Dims& y) {
  const std::size_t spatial = y.size() - 2;
  for (std::size_t i = 0; i < spatial; ++i) s.out[3 - spatial + i] = y[2 + i];
}

/// A column of pixels is a row of pixels: the same bytes, and rows are what tiles cover.
void lay_flat(ConvShape& s) {
  if (s.in[2] != 1 || s.out[2] != 1 || s.kernel[2] != 1 || s.before[2] != 0 || s.after[2] != 0)
    return;
  for (auto* sizes : {s.in, s.out, s.kernel, s.stride, s.dilation, s.before, s.after})
    std::swap(sizes[1], sizes[2]);
}

op::WindowSpec spec_of(const Dims& kernel, const auto& op) {
  return {.kernel = {kernel.begin(), kernel.end()},
          .strides = op.strides,
          .dilations = op.dilations,
          .pad = op.pad,
          .pad_type = op.pad_type};
}

Kernel kernel_of(ConvKind kind) {
  switch (kind) {
    case ConvKind::direct: return Kernel::conv_direct;
    case ConvKind::narrow: return Kernel::conv_narrow;
    case ConvKind::depthwise: return Kernel::conv_depthwise;
    case ConvKind::general: return Kernel::conv_general;
  }
  CC_UNREACHABLE("kind of convolution");
}

}  // namespace

/// Weights or bias that are computed: nothing can be packed ahead. Operands: x, weights, and the
/// bias, which may be missing.
struct ConvComputedArguments {
  ConvShape shape;
};
Status run_conv_computed(const ConvComputedArguments& a, const Call& c) {
  conv_general(c.pool(), a.shape, c.in(0), c.in(1), c.in(2), c.out(0));
  return {};
}
Status run_conv_transpose(const ConvComputedArguments& a, const Call& c) {
  conv_transpose(c.pool(), a.shape, c.in(0), c.in(1), c.in(2), c.out(0));
  return {};
}

/// Operands: x, and what the epilogue adds, which may be missing. Results: y, a workspace.
struct ConvArguments {
  ConvShape shape;
  std::shared_ptr<const PackedConv> weights;
  Epilogue epilogue;
};
Status run_conv(const ConvArguments& a, const Call& c) {
  conv(c.pool(), a.shape, c.in(0), *a.weights, c.out(0), c.out(1),
       a.epilogue.with(nullptr, c.in(1)));
  return {};
}

namespace {

bool lower_computed(Lowering& l, Kernel kernel, const auto& op, const ConvShape& s) {
  const SlotId x = l.plain(op.x), w = l.plain(op.weight), b = optional(l, op.bias);
  return l.step(kernel, ConvComputedArguments{s}, {x, w, b}, {l.make(l.result())});
}

}  // namespace

bool lower_conv(Lowering& l) {
  const auto op = l.get<op::Conv>();
  const Dims x_dims = l.dims(op.x), w_dims = l.dims(op.weight), y_dims = l.dims(l.result());
  if (!l.is_float(op.x) || !l.is_float(op.weight)) return false;
  ConvShape s;
  s.n = x_dims[0];
  s.c = x_dims[1];
  s.oc = w_dims[0];
  s.groups = op.groups;
  const Dims kernel(w_dims.begin() + 2, w_dims.end());
  if (!set_windows(s, x_dims, kernel, spec_of(kernel, op))) return false;
  set_outputs(s, y_dims);
  lay_flat(s);
  if (!l.is_weight(op.weight) || (op.bias && !l.is_weight(op.bias)))
    return lower_computed(l, Kernel::conv_computed, op, s);

  const ConvKind kind = conv_kind(s);
  // A weight may serve several convolutions with other biases or groups: one form for each.
  const PackedForm form{.variant = static_cast<int>(kind), .op = l.op()};
  auto packed = l.packed<PackedConv>(op.weight, form, [&] {
    const ir::Tensor* bias = op.bias ? l.constant(op.bias) : nullptr;
    return pack_conv(l.engine().pool(), s, l.constant(op.weight)->data<float>().data(),
                     bias ? bias->data<float>().data() : nullptr);
  });
  const bool blocked_out = kind != ConvKind::general;
  const bool blocked_in = blocked_out && kind != ConvKind::narrow;
  const SlotId x = blocked_in ? l.blocked(op.x) : l.plain(op.x);
  const Layout& layout = blocked_out ? kBlocked : kPlain;
  const Fused fused = fuse_followers(l, l.result(), layout);
  const SlotId y = l.make(fused.result, layout);
  const SlotId workspace = l.workspace(conv_workspace(s) * 4);
  // A split product would overwrite what it adds.
  const SlotId in_place = kind == ConvKind::general ? SlotId() : fused.residual;
  return l.step(kernel_of(kind), ConvArguments{s, std::move(packed), fused.epilogue},
                {x, fused.residual}, {y, workspace}, in_place);
}

bool lower_conv_transpose(Lowering& l) {
  const auto op = l.get<op::ConvTranspose>();
  const Dims x_dims = l.dims(op.x), w_dims = l.dims(op.weight), y_dims = l.dims(l.result());
  const std::size_t spatial = x_dims.size() - 2;
  if (!l.is_float(op.x) || !l.is_float(op.weight) || spatial < 1 || spatial > 3) return false;
  ConvShape s;
  s.n = x_dims[0];
  s.c = x_dims[1];
  s.oc = y_dims[1];
  s.groups = op.groups;
  set_outputs(s, y_dims);
  for (std::size_t i = 0; i < spatial; ++i) {
    const std::size_t at = 3 - spatial + i;
    s.in[at] = x_dims[2 + i];
    s.kernel[at] = w_dims[2 + i];
    s.stride[at] = op.strides.empty() ? 1 : op.strides[i];
    s.dilation[at] = op.dilations.empty() ? 1 : op.dilations[i];
    const std::int64_t full =
        (s.in[at] - 1) * s.stride[at] + (s.kernel[at] - 1) * s.dilation[at] + 1;
    if (op.pad_type == "custom") s.before[at] = op.pad.empty() ? 0 : op.pad[2 * i];
    if (op.pad_type == "same") s.before[at] = std::max<std::int64_t>(0, full - s.out[at]) / 2;
  }
  return lower_computed(l, Kernel::conv_transpose, op, s);
}

struct PoolArguments {
  PoolShape shape;
};
Status run_pool(const PoolArguments& a, const Call& c) {
  pool_windows(c.pool(), a.shape, c.in(0), c.out(0));
  return {};
}

namespace {

template <class Op>
bool lower_pool(Lowering& l, const Op& op, PoolShape p) {
  const Dims x_dims = l.dims(op.x);
  if (!l.is_float(op.x) || x_dims.size() > 4) return false;
  ConvShape& s = p.window;
  s.n = x_dims[0];
  s.c = s.oc = x_dims[1];
  if (!set_windows(s, x_dims, op.kernel_sizes, spec_of(op.kernel_sizes, op))) return false;
  set_outputs(s, l.dims(l.result()));
  lay_flat(s);
  const SlotId x = l.blocked(op.x);
  const SlotId y = l.make(l.result(), kBlocked);
  return l.step(p.average ? Kernel::avg_pool : Kernel::max_pool, PoolArguments{p}, {x}, {y});
}

}  // namespace

bool lower_max_pool(Lowering& l) { return lower_pool(l, l.get<op::MaxPool>(), {}); }

bool lower_avg_pool(Lowering& l) {
  const auto op = l.get<op::AvgPool>();
  PoolShape p;
  p.average = true;
  p.exclude_padding = op.exclude_padding_from_average;
  return lower_pool(l, op, p);
}

}  // namespace corecast::cpu
