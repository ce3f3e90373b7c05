// crop_resize and resize before iOS 17, by the ops that MIL had then.
#include "converter/coreml/legalise/extents.h"
#include "ops/creation/range_1d.h"
#include "ops/image/crop_resize.h"
#include "ops/image/resize.h"
#include "ops/shape/concat.h"
#include "ops/shape/squeeze.h"

namespace corecast::coreml::legal {
namespace {

// roi [N, 1, 5, 1, 1]: the image's index in front of the box; result [N, 1, C, h, w].
Values crop_resize(Site& s) {
  const auto o = s.get<op::CropResize>();
  if (s.available(Target::ios17)) return {};
  if (o.pad_value != 0 && !s.available(Target::ios16))
    return s.refuse("a pad_value other than 0", "raise the deployment target to ios16");
  const DType dtype = s.dtype(o.x);
  ValueId index = o.box_indices;
  if (!index) {
    const ValueId n = s.add(op::Squeeze{runtime_size(s, Extent::of(s, o.boxes, 0)), Ints{0}});
    index = s.add(op::Range1d{n, s.builder.int_scalar(0), s.builder.int_scalar(1)});
  }
  const ValueId first = s.reshape(s.cast(index, dtype), {-1, 1});
  const ValueId rows = s.add(op::Concat{{first, s.cast(o.boxes, dtype)}, 1});
  const ValueId y = s.add(op::CropResizeIos15{.x = o.x,
                                              .roi = s.reshape(rows, {-1, 1, 5, 1, 1}),
                                              .target_height = o.target_height,
                                              .target_width = o.target_width,
                                              .normalized_coordinates = o.normalized_coordinates,
                                              .spatial_scale = o.spatial_scale,
                                              .box_coordinate_mode = o.box_coordinate_mode,
                                              .sampling_mode = o.sampling_mode,
                                              .pad_value = o.pad_value});
  return {s.add(op::Squeeze{y, Ints{1}})};
}

// The last two dims to sizes known now.
Values resize(Site& s) {
  const auto o = s.get<op::Resize>();
  if (s.available(Target::ios17)) return {};
  const Shape &in = s.shape(o.x), &out = s.result_type().shape;
  const std::size_t rank = in.size();
  if (rank < 3) return s.refuse("fewer than three dims", "raise the deployment target to ios17");
  for (std::size_t d = 0; d < rank; ++d) {
    const bool stays = in[d] == out[d];
    if (d + 2 < rank ? !stays : !out[d].is_constant())
      return s.refuse("other dims than the last two, or sizes known at run time only",
                      "raise the deployment target to ios17");
  }
  const std::int64_t h = out[rank - 2].value(), w = out[rank - 1].value();
  if (o.interpolation_mode == "LINEAR")
    return {s.cast(s.add(op::ResizeBilinear{
                       s.cast(o.x, ir::is_floating(s.dtype(o.x)) ? s.dtype(o.x) : DType::f32), h, w,
                       o.sampling_mode}),
                   s.dtype(o.x))};
  if (o.sampling_mode != "DEFAULT")
    return s.refuse("nearest neighbours by another rule", "raise the deployment target to ios17");
  return {s.add(op::ResizeNearestNeighbor{o.x, h, w})};
}

// half_pixel_centers came with iOS 16; unset, it is what align_corners leaves.
Values upsample_bilinear(Site& s) {
  auto o = s.get<op::UpsampleBilinear>();
  if (!o.half_pixel_centers || s.surely(Target::ios16)) return {};
  if (*o.half_pixel_centers == !o.align_corners) {
    o.half_pixel_centers.reset();
    return {s.add(o)};
  }
  if (s.available(Target::ios16)) return {};
  const Shape& out = s.result_type().shape;
  const Dim &h = out[out.size() - 2], &w = out[out.size() - 1];
  if (!h.is_constant() || !w.is_constant())
    return s.refuse("half_pixel_centers with sizes known at run time only",
                    "raise the deployment target to ios16");
  return {s.add(op::ResizeBilinear{o.x, h.value(), w.value(), "DEFAULT"})};
}

}  // namespace

void add_images(Expansions& out) {
  out.insert(out.end(), {{OpKind::CropResize, crop_resize},
                         {OpKind::Resize, resize},
                         {OpKind::UpsampleBilinear, upsample_bilinear}});
}

}  // namespace corecast::coreml::legal
