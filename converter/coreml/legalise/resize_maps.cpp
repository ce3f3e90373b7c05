#include "converter/coreml/legalise/resize_maps.h"

#include <cmath>

#include "ops/image/sampling.h"
#include "ops/interpret.h"

namespace corecast::coreml::legal {

std::vector<ResizeAxis> resize_axes(Site& s, const op::ResizeNd& o) {
  const std::int64_t rank = s.rank(o.x);
  Ints axes = o.axes;
  if (axes.empty()) {
    for (std::int64_t a = 0; a < rank; ++a) axes.push_back(a);
  }
  const Tensor* scales = o.scales ? s.constant(o.scales) : nullptr;
  const Shape out = s.result_type().shape;
  std::vector<ResizeAxis> result;
  for (std::size_t e = 0; e < axes.size(); ++e) {
    ResizeAxis a;
    a.axis = axes[e] < 0 ? axes[e] + rank : axes[e];
    a.entry = e;
    a.in = s.shape(o.x)[static_cast<std::size_t>(a.axis)];
    a.out = out[static_cast<std::size_t>(a.axis)];
    if (scales) a.scale = static_cast<float>(scales->at(static_cast<std::int64_t>(e)));
    result.push_back(a);
  }
  return result;
}

std::optional<Tensor> resize_one_axis(Site& s, const op::ResizeNd& o, const ResizeAxis& a,
                                      const Tensor& x, std::int64_t in, std::int64_t out) {
  if (in < 1 || out < 1) return std::nullopt;
  ir::Function g("axis");
  ir::Builder b(g, s.builder.registry());
  op::ResizeNd one = o;
  one.x = g.add_constant(x);
  one.axes = {0};
  one.scales = one.sizes = one.roi = ValueId();
  one.keep_aspect_ratio_policy = "stretch";
  if (a.scale)
    one.scales = g.add_constant(Tensor::of(std::vector<float>{*a.scale}));
  else if (o.scales)
    return std::nullopt;
  else
    one.sizes = b.ints({out});
  if (o.roi) {
    const Tensor* roi = s.constant(o.roi);
    if (roi && roi->count() > 0) {
      const auto e = static_cast<std::int64_t>(a.entry);
      one.roi = g.add_constant(
          Tensor::of(std::vector<double>{roi->at(e), roi->at(roi->count() / 2 + e)}));
    } else if (o.coordinate_transformation_mode == "tf_crop_and_resize") {
      return std::nullopt;
    }
  }
  const auto id = b.try_add(one);
  if (!id) return std::nullopt;
  const auto results = ops::evaluate_constant(g, *id);
  if (!results || results->at(0).dims().at(0) != out) return std::nullopt;
  return results->at(0);
}

std::optional<std::vector<double>> resize_map(Site& s, const op::ResizeNd& o, const ResizeAxis& a,
                                              std::int64_t in, std::int64_t out) {
  constexpr std::int64_t limit = 1 << 20;
  if (in > limit || out > limit) return std::nullopt;
  Tensor ramp = Tensor::empty(DType::f64, {in});
  for (std::int64_t i = 0; i < in; ++i) ramp.set(i, static_cast<double>(i));
  op::ResizeNd marked = o;
  marked.extrapolation_value = -1;
  const auto mapped = resize_one_axis(s, marked, a, ramp, in, out);
  if (!mapped) return std::nullopt;
  std::vector<double> map = mapped->to_doubles();
  for (const double v : map) {
    if (v < 0) return std::nullopt;
  }
  return map;
}

bool is_plain_linear(const op::ResizeNd& o, const ResizeAxis& a) {
  if (o.mode != "linear") return false;
  if (!o.antialias) return true;
  if (a.scale) return *a.scale >= 1;
  return a.is_static() && a.out.value() >= a.in.value();
}

bool is_identity(Site& s, const op::ResizeNd& o, const ResizeAxis& a) {
  if (!(a.in == a.out)) return false;
  const bool whole_steps = a.scale ? *a.scale == 1 : static_cast<bool>(o.sizes);
  if (!whole_steps) return false;
  if (o.coordinate_transformation_mode == "tf_half_pixel_for_nn" && o.mode != "nearest")
    return false;
  if (o.coordinate_transformation_mode != "tf_crop_and_resize" &&
      o.coordinate_transformation_mode != "tf_half_pixel_for_nn")
    return true;
  if (!a.in.is_constant()) return false;
  if (o.mode == "cubic") return false;
  const auto map = resize_map(s, o, a, a.in.value(), a.out.value());
  if (!map) return false;
  for (std::size_t i = 0; i < map->size(); ++i) {
    if ((*map)[i] != static_cast<double>(i)) return false;
  }
  return true;
}

}  // namespace corecast::coreml::legal
