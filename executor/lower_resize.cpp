// Resizing of the last two dims: the grids are the rooms' (ops/sampling.h), computed once per
// shape.

#include "executor/cpu/resample.h"
#include "executor/lower.h"
#include "ops/resize.h"
#include "ops/sampling.h"

namespace corecast::executor {

using ir::ValueId;

namespace {

using TapsAt =
    std::function<std::vector<op::Tap>(std::int64_t in, std::int64_t out, std::int64_t i)>;

cpu::AxisWeights weights_of(std::int64_t in, std::int64_t out, const TapsAt& taps) {
  cpu::AxisWeights w;
  for (std::int64_t i = 0; i < out; ++i) {
    for (const op::Tap& t : taps(in, out, i)) {
      w.index.push_back(t.index);
      w.weight.push_back(static_cast<float>(t.weight));
    }
    w.first.push_back(static_cast<std::int64_t>(w.index.size()));
  }
  return w;
}

bool lower_planes(Lowering& l, ValueId x, const TapsAt& taps) {
  const Dims in = l.dims(x), out = l.dims(l.result());
  const std::size_t rank = in.size();
  if (!l.is_float(x) || rank < 2 || product(in) == 0) return false;
  for (std::size_t i = 0; i + 2 < rank; ++i)
    if (in[i] != out[i]) return false;
  const std::int64_t h = in[rank - 2], w = in[rank - 1];
  const SlotId a = l.plain(x), y = l.make(l.result());
  return l.step("resample", {a}, {y},
                [=, planes = product(in, 0, rank - 2), rows = weights_of(h, out[rank - 2], taps),
                 columns = weights_of(w, out[rank - 1], taps)](Frame& f) {
                  cpu::resample_planes(f.pool(), f.f32(a), planes, h, w, rows, columns, f.f32(y));
                  return Status();
                });
}

TapsAt linear(std::string mode) {
  return [mode = std::move(mode)](std::int64_t in, std::int64_t out, std::int64_t i) {
    return op::linear_taps(op::grid_point(mode, static_cast<double>(in), out, i), in);
  };
}
std::vector<op::Tap> centre(std::int64_t in, std::int64_t out, std::int64_t i) {
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
  return lower_planes(l, l.get<op::ResizeNearestNeighbor>().x, centre);
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
    return lower_planes(l, op.x, centre);
  return lower_planes(
      l, op.x, [mode = op.sampling_mode](std::int64_t in, std::int64_t out, std::int64_t i) {
        return op::nearest_taps(op::grid_point(mode, static_cast<double>(in), out, i), in);
      });
}

}  // namespace corecast::executor
