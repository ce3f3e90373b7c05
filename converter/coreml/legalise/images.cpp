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
  if (s.may_have<op::CropResize>()) return {};
  if (o.pad_value != 0 && !s.may_have<op::CropResizeIos15>("pad_value"))
    return s.refuse_before<op::CropResizeIos15>("pad_value", "a pad_value other than 0");
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
  if (s.may_have<op::Resize>()) return {};
  const Shape &in = s.shape(o.x), &out = s.result_type().shape;
  const std::size_t rank = in.size();
  if (rank < 3) return s.refuse_before<op::Resize>({}, "fewer than three dims");
  for (std::size_t d = 0; d < rank; ++d) {
    const bool stays = in[d] == out[d];
    if (d + 2 < rank ? !stays : !out[d].is_constant())
      return s.refuse_before<op::Resize>(
          {}, "other dims than the last two, or sizes known at run time only");
  }
  const std::int64_t h = out[rank - 2].value(), w = out[rank - 1].value();
  if (o.interpolation_mode == "LINEAR")
    return {s.cast(s.add(op::ResizeBilinear{
                       s.cast(o.x, ir::is_floating(s.dtype(o.x)) ? s.dtype(o.x) : DType::f32), h, w,
                       o.sampling_mode}),
                   s.dtype(o.x))};
  if (o.sampling_mode != "DEFAULT")
    return s.refuse_before<op::Resize>({}, "nearest neighbours by another rule");
  return {s.add(op::ResizeNearestNeighbor{o.x, h, w})};
}

// half_pixel_centers came late; unset, it is what align_corners leaves.
Values upsample_bilinear(Site& s) {
  auto o = s.get<op::UpsampleBilinear>();
  if (!o.half_pixel_centers || s.surely_has<op::UpsampleBilinear>("half_pixel_centers")) return {};
  if (*o.half_pixel_centers == !o.align_corners) {
    o.half_pixel_centers.reset();
    return {s.add(o)};
  }
  if (s.may_have<op::UpsampleBilinear>("half_pixel_centers")) return {};
  const Shape& out = s.result_type().shape;
  const Dim &h = out[out.size() - 2], &w = out[out.size() - 1];
  if (!h.is_constant() || !w.is_constant())
    return s.refuse_before<op::UpsampleBilinear>(
        "half_pixel_centers", "half_pixel_centers with sizes known at run time only");
  return {s.add(op::ResizeBilinear{o.x, h.value(), w.value(), "DEFAULT"})};
}

}  // namespace

void add_images(Expansions& out) {
  out.insert(out.end(), {{OpKind::CropResize, crop_resize},
                         {OpKind::Resize, resize},
                         {OpKind::UpsampleBilinear, upsample_bilinear}});
}

}  // namespace corecast::coreml::legal
