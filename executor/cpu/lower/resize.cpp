// Resizing of the last two dims: the grids are the rooms' (ops/image/sampling.h), computed once per
// shape.

#include "ops/image/resize.h"

#include "executor/cpu/kernels/resample.h"
#include "executor/cpu/lower/lower.h"
#include "ops/image/resize_nd.h"
#include "ops/image/sampling.h"

namespace corecast::cpu {

using ir::ValueId;

/// x [planes, height, width].
struct ResampleArguments {
  std::int64_t planes = 0, height = 0, width = 0;
  AxisWeights rows, columns;
};
Status run_resample(const ResampleArguments& a, const Call& c) {
  resample_planes(c.pool(), c.in(0), a.planes, a.height, a.width, a.rows, a.columns, c.out(0));
  return {};
}

namespace {

using TapsAt =
    std::function<std::vector<op::Tap>(std::int64_t in, std::int64_t out, std::int64_t i)>;

AxisWeights weights_of(std::int64_t in, std::int64_t out, const TapsAt& taps) {
  AxisWeights w;
  for (std::int64_t i = 0; i < out; ++i) {
    for (const op::Tap& t : taps(in, out, i)) {
      w.index.push_back(t.index);
      w.weight.push_back(static_cast<float>(t.weight));
    }
    w.first.push_back(static_cast<std::int64_t>(w.index.size()));
  }
  return w;
}

bool add_step(Lowering& l, ValueId x, const Dims& in, AxisWeights rows, AxisWeights columns) {
  const std::size_t rank = in.size();
  ResampleArguments arguments{product(in, 0, rank - 2), in[rank - 2], in[rank - 1], std::move(rows),
                              std::move(columns)};
  const SlotId a = l.plain(x), y = l.make(l.result());
  return l.step(Kernel::resample, std::move(arguments), {a}, {y});
}

bool lower_planes(Lowering& l, ValueId x, const TapsAt& taps) {
  const Dims in = l.dims(x), out = l.dims(l.result());
  const std::size_t rank = in.size();
  if (!l.is_float(x) || rank < 2 || product(in) == 0) return false;
  for (std::size_t i = 0; i + 2 < rank; ++i)
    if (in[i] != out[i]) return false;
  return add_step(l, x, in, weights_of(in[rank - 2], out[rank - 2], taps),
                  weights_of(in[rank - 1], out[rank - 1], taps));
}

TapsAt linear(std::string mode) {
  return [mode = std::move(mode)](std::int64_t in, std::int64_t out, std::int64_t i) {
    return op::linear_taps(op::grid_point(mode, static_cast<double>(in), out, i), in);
  };
}
std::vector<op::Tap> center(std::int64_t in, std::int64_t out, std::int64_t i) {
  return {{(2 * i + 1) * in / (2 * out), 1.0}};
}
std::vector<op::Tap> floor_of(std::int64_t in, std::int64_t out, std::int64_t i) {
  return {{i * in / out, 1.0}};
}

}  // namespace

bool lower_resize_bilinear(Lowering& l) {
  const auto op = l.get<op::ResizeBilinear>();
  return lower_planes(l, op.x, linear(op.sampling_mode));
}
bool lower_resize_nearest(Lowering& l) {
  return lower_planes(l, l.get<op::ResizeNearestNeighbor>().x, center);
}
bool lower_upsample_nearest(Lowering& l) {
  return lower_planes(l, l.get<op::UpsampleNearestNeighbor>().x, floor_of);
}
bool lower_upsample_bilinear(Lowering& l) {
  const auto op = l.get<op::UpsampleBilinear>();
  const bool half_pixel = op.half_pixel_centers.value_or(!op.align_corners);
  return lower_planes(l, op.x,
                      linear(op.align_corners ? "STRICT_ALIGN_CORNERS"
                             : half_pixel     ? "UNALIGN_CORNERS"
                                              : "DEFAULT"));
}
bool lower_resize(Lowering& l) {
  const auto op = l.get<op::Resize>();
  if (op.resized_dims > 2) return false;
  if (op.interpolation_mode == "LINEAR") return lower_planes(l, op.x, linear(op.sampling_mode));
  if (op.sampling_mode == "DEFAULT" || op.sampling_mode == "UNALIGN_CORNERS")
    return lower_planes(l, op.x, center);
  return lower_planes(
      l, op.x, [mode = op.sampling_mode](std::int64_t in, std::int64_t out, std::int64_t i) {
        return op::nearest_taps(op::grid_point(mode, static_cast<double>(in), out, i), in);
      });
}

bool lower_resize_nd(Lowering& l) {
  const auto op = l.get<op::ResizeNd>();
  const Dims in = l.dims(op.x), out = l.dims(l.result());
  const std::size_t rank = in.size();
  const ir::Tensor* roi = l.constant(op.roi);
  const ir::Tensor* scales = l.constant(op.scales);
  const auto sizes = op.sizes ? l.ints(op.sizes) : std::nullopt;
  if (!l.is_float(op.x) || rank < 2 || product(in) == 0 || (op.roi && !roi) || (!scales && !sizes))
    return false;
  const ir::Tensor sizes_tensor = sizes ? ir::Tensor::of(*sizes) : ir::Tensor();
  const auto plan = op::plan_resize(op, in, scales, scales ? nullptr : &sizes_tensor, roi);
  if (!plan) return false;  // the room reports it
  AxisWeights planes[2];
  for (std::size_t i = 0; i < 2; ++i) {  // axes that are not named stay as they are
    const auto same = [](std::int64_t, std::int64_t, std::int64_t at) {
      return std::vector<op::Tap>{{at, 1.0}};
    };
    planes[i] = weights_of(in[rank - 2 + i], out[rank - 2 + i], same);
  }
  for (std::size_t i = 0; i < plan->axes.size(); ++i) {
    const auto axis = static_cast<std::size_t>(plan->axes[i]);
    const op::AxisTaps& taps = plan->taps[i];
    if (static_cast<std::int64_t>(taps.size()) != out[axis]) return false;
    if (axis + 2 >= rank) {
      for (const auto& t : taps)
        if (t.empty()) return false;  // extrapolated
      planes[axis + 2 - rank] =
          weights_of(in[axis], out[axis], [&](std::int64_t, std::int64_t, std::int64_t at) {
            return taps[static_cast<std::size_t>(at)];
          });
      continue;
    }
    if (in[axis] != out[axis]) return false;
    for (std::size_t k = 0; k < taps.size(); ++k)
      if (taps[k].size() != 1 || taps[k][0].index != static_cast<std::int64_t>(k) ||
          taps[k][0].weight != 1)
        return false;
  }
  return add_step(l, op.x, in, std::move(planes[0]), std::move(planes[1]));
}

}  // namespace corecast::cpu
