#include "ops/image/resize_nd.h"

#include <algorithm>
#include <cmath>

#include "ops/image/sampling.h"
#include "ops/image/source_line.h"

namespace corecast::op {
namespace {

Status check_choice(std::string_view value, std::initializer_list<std::string_view> choices,
                    std::string_view name) {
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) return {};
  return infer_error(name, " ", quote(value), " is none of ", join(choices));
}

Status check_modes(const ResizeNd& op) {
  TRY_VOID(check_choice(op.mode, {"nearest", "linear", "cubic"}, "mode"));
  TRY_VOID(
      check_choice(op.coordinate_transformation_mode,
                   {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners",
                    "asymmetric", "tf_half_pixel_for_nn", "tf_crop_and_resize"},
                   "coordinate_transformation_mode"));
  TRY_VOID(check_choice(op.nearest_mode,
                        {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"},
                        "nearest_mode"));
  TRY_VOID(check_choice(op.keep_aspect_ratio_policy, {"stretch", "not_larger", "not_smaller"},
                        "keep_aspect_ratio_policy"));
  if (op.antialias && op.mode == "nearest")
    return infer_error("antialias needs mode linear or cubic");
  return {};
}

Result<std::vector<std::int64_t>> axes_of(const ResizeNd& op, std::int64_t rank) {
  if (!op.axes.empty()) return normalize_axes(op.axes, rank);
  std::vector<std::int64_t> all(static_cast<std::size_t>(rank));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
  return all;
}

// One axis of the job: both sizes and the factor between them, as a float and exactly.
struct Axis {
  std::int64_t in, out;
  float scale;
  Factor<std::int64_t> fraction;
};

// From scales, or from sizes under the aspect ratio policy.
Result<std::vector<Axis>> plan_scales(const std::vector<std::int64_t>& in,
                                      const std::vector<double>& scales) {
  std::vector<Axis> out;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const auto scale = static_cast<float>(scales[i]);
    if (!(scale > 0) || std::isinf(scale))
      return eval_error("scales [", join(scales), "] must be positive and finite");
    const std::int64_t size = scaled_size(in[i], scale).value();
    out.push_back({in[i], size, scale, scale_of(scale, in[i], size)});
  }
  return out;
}

Result<std::vector<Axis>> plan_sizes(const std::vector<std::int64_t>& in,
                                     const std::vector<std::int64_t>& sizes,
                                     std::string_view policy) {
  std::vector<Axis> out;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (sizes[i] < 0) return eval_error("sizes [", join(sizes), "] has a negative entry");
    if (in[i] == 0 && sizes[i] != 0)
      return eval_error("an empty axis cannot be resized to ", sizes[i]);
    const float scale = in[i] ? static_cast<float>(sizes[i]) / static_cast<float>(in[i]) : 1.0F;
    out.push_back({in[i], sizes[i], scale, {sizes[i], in[i]}});
  }
  if (policy == "stretch" || out.empty()) return out;
  auto by_scale = [](const Axis& a, const Axis& b) { return a.scale < b.scale; };
  const auto [least, most] = std::minmax_element(out.begin(), out.end(), by_scale);
  const Axis chosen = policy == "not_larger" ? *least : *most;
  for (Axis& a : out)
    a = {a.in,
         static_cast<std::int64_t>(std::floor(chosen.scale * static_cast<float>(a.in) + 0.5F)),
         chosen.scale, chosen.fraction};
  return out;
}

Result<Types> infer(const ResizeNd& op, InferContext& c) {
  TRY_VOID(check_modes(op));
  TRY(const auto axes, axes_of(op, c.rank(op.x)));
  if (static_cast<bool>(op.scales) == static_cast<bool>(op.sizes))
    return infer_error("needs either scales or sizes");
  const auto entries = static_cast<std::int64_t>(axes.size());
  auto check_length = [&](ValueId v, std::int64_t length, std::string_view name) -> Status {
    if (!v || (c.rank(v) == 1 && must_equal(c.shape(v)[0], length))) return {};
    return infer_error(name, " ", ir::to_string(c.shape(v)), " must be [", length, "]");
  };
  TRY_VOID(check_length(op.scales, entries, "scales"));
  TRY_VOID(check_length(op.sizes, entries, "sizes"));
  TRY_VOID(check_length(op.roi, 2 * entries, "roi"));
  if (op.coordinate_transformation_mode == "tf_crop_and_resize" && !op.roi) {
    return infer_error("tf_crop_and_resize needs roi");
  }
  Shape shape = c.shape(op.x);
  const Tensor* scales = op.scales ? c.constant(op.scales) : nullptr;
  const auto sizes = op.sizes ? c.known(op.sizes) : std::nullopt;
  Dims resized;
  for (const auto a : axes) resized.push_back(shape[static_cast<std::size_t>(a)]);
  if (op.keep_aspect_ratio_policy != "stretch" && sizes && ir::is_static(*sizes) &&
      ir::is_static(resized)) {
    TRY(const auto plan,
        plan_sizes(ir::static_dims(resized), ir::static_dims(*sizes), op.keep_aspect_ratio_policy));
    for (std::size_t i = 0; i < plan.size(); ++i) resized[i] = plan[i].out;
  } else {
    for (std::size_t i = 0; i < resized.size(); ++i) {
      const auto at = static_cast<std::int64_t>(i);
      if (scales && scales->count() == entries)
        resized[i] = scaled_size(resized[i], static_cast<float>(scales->at(at)));
      else if (sizes && op.keep_aspect_ratio_policy == "stretch")
        resized[i] = (*sizes)[i];
      else
        resized[i] = c.fresh(static_cast<int>(i));
    }
  }
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (resized[i].is_constant() && resized[i].value() < 0)
      return infer_error("sizes has a negative entry");
    shape[static_cast<std::size_t>(axes[i])] = resized[i];
  }
  return Types{Type(c.dtype(op.x), std::move(shape))};
}

float coordinate(std::string_view mode, const Axis& a, std::int64_t index, float start, float end) {
  const auto i = static_cast<float>(index), in = static_cast<float>(a.in),
             out = static_cast<float>(a.out);
  if (mode == "half_pixel") return (i + 0.5F) / a.scale - 0.5F;
  if (mode == "half_pixel_symmetric") {
    const float offset = in / 2 * (1 - out / (a.scale * in));
    return offset + (i + 0.5F) / a.scale - 0.5F;
  }
  if (mode == "pytorch_half_pixel") return a.out > 1 ? (i + 0.5F) / a.scale - 0.5F : 0.0F;
  if (mode == "align_corners") return a.out == 1 ? 0.0F : i * (in - 1) / (out - 1);
  if (mode == "asymmetric") return i / a.scale;
  if (mode == "tf_half_pixel_for_nn") return (i + 0.5F) / a.scale;
  CC_CHECK(mode == "tf_crop_and_resize");
  if (a.out == 1) return 0.5F * (start + end) * (in - 1);
  return start * (in - 1) + i * (end - start) * (in - 1) / (out - 1);
}

// Of a coordinate within a crop, whose ends are floats.
double nearest_of(std::string_view mode, double x) {
  if (mode == "round_prefer_floor") return std::ceil(x - 0.5);
  if (mode == "round_prefer_ceil") return std::floor(x + 0.5);
  return mode == "floor" ? std::floor(x) : std::ceil(x);
}

// The triangle, or Keys' cubic convolution kernel, at distance t.
double filter(const ResizeNd& op, double t) {
  t = std::fabs(t);
  if (op.mode == "linear") return std::max(0.0, 1 - t);
  const double a = op.cubic_coeff_a;
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  if (t < 2) return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a;
  return 0;
}

std::vector<Tap> filter_taps(const ResizeNd& op, const Axis& a, double x) {
  const double shrink = op.antialias ? std::min(1.0, static_cast<double>(a.scale)) : 1.0;
  const double reach = (op.mode == "linear" ? 1.0 : 2.0) / shrink;
  std::vector<Tap> taps;
  double sum = 0;
  for (auto i = static_cast<std::int64_t>(std::ceil(x - reach));
       static_cast<double>(i) <= x + reach; ++i) {
    const double weight = filter(op, (static_cast<double>(i) - x) * shrink);
    if (weight == 0 || (op.exclude_outside && (i < 0 || i >= a.in))) continue;
    taps.push_back(
        {std::clamp<std::int64_t>(i, 0, a.in - 1), weight});  // edge elements go on forever
    sum += weight;
  }
  if (op.antialias || op.exclude_outside) {
    for (Tap& t : taps) t.weight /= sum;
  }
  if (taps.empty())
    taps.push_back({std::clamp<std::int64_t>(static_cast<std::int64_t>(x), 0, a.in - 1), 1.0});
  return taps;
}

AxisTaps taps_of(const ResizeNd& op, const Axis& a, float start, float end) {
  AxisTaps taps;
  for (std::int64_t i = 0; i < a.out; ++i) {
    if (op.mode == "nearest") {
      if (const auto at = nearest_source(op.coordinate_transformation_mode, op.nearest_mode, a.in,
                                         a.out, a.fraction, i)) {
        taps.push_back({{*at, 1.0}});
        continue;
      }
    }
    const double x =
        static_cast<double>(coordinate(op.coordinate_transformation_mode, a, i, start, end));
    const auto last = static_cast<double>(a.in - 1);
    if (op.coordinate_transformation_mode == "tf_crop_and_resize" && !(x >= 0 && x <= last)) {
      taps.push_back({});
    } else if (op.mode == "nearest") {
      taps.push_back(
          {{static_cast<std::int64_t>(std::clamp(nearest_of(op.nearest_mode, x), 0.0, last)),
            1.0}});
    } else {
      taps.push_back(filter_taps(op, a, x));
    }
  }
  return taps;
}

Result<Tensors> eval(const ResizeNd& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  auto value = [&](ValueId v) { return v ? &c.tensor(v) : nullptr; };
  TRY(const ResizePlan plan,
      plan_resize(op, x.dims(), value(op.scales), value(op.sizes), value(op.roi)));
  auto dims = x.dims();
  auto values = x.to_doubles();
  for (std::size_t i = 0; i < plan.axes.size(); ++i) {
    values = resample_axis(values, dims, static_cast<std::size_t>(plan.axes[i]), plan.taps[i],
                           op.extrapolation_value);
  }
  Tensor out = Tensor::empty(x.dtype(), dims);
  for (std::int64_t i = 0; i < out.count(); ++i) out.set(i, values[static_cast<std::size_t>(i)]);
  return Tensors{std::move(out)};
}

}  // namespace

Result<ResizePlan> plan_resize(const ResizeNd& op, const std::vector<std::int64_t>& dims,
                               const Tensor* scales, const Tensor* sizes, const Tensor* roi) {
  ResizePlan plan;
  TRY(plan.axes, axes_of(op, static_cast<std::int64_t>(dims.size())));
  std::vector<std::int64_t> in;
  for (const auto a : plan.axes) in.push_back(dims[static_cast<std::size_t>(a)]);
  TRY(const auto axes, scales ? plan_scales(in, scales->to_doubles())
                              : plan_sizes(in, sizes->to_ints(), op.keep_aspect_ratio_policy));
  const auto parts = roi ? roi->to_doubles() : std::vector<double>{};
  const bool cropped = parts.size() == 2 * axes.size();
  for (std::size_t i = 0; i < axes.size(); ++i) {
    plan.taps.push_back(taps_of(op, axes[i], cropped ? static_cast<float>(parts[i]) : 0.0F,
                                cropped ? static_cast<float>(parts[axes.size() + i]) : 1.0F));
  }
  return plan;
}

namespace {

/// A cubic filter overshoots.
Interval bounds_of_filter(const ResizeNd& op, const BoundsContext& c) {
  if (op.mode == "cubic") return {};
  return hull(c.of(op.x), Interval::only(op.extrapolation_value));
}

}  // namespace

OpSchema resize_nd_schema() {
  using Op = ResizeNd;
  return make_schema<Op>(
      {.name = "resize_nd",
       .doc = "Separable resizing of any dims: each output element is the filter's weighted sum of "
              "the elements around "
              "the coordinate that coordinate_transformation_mode gives it. As ONNX's Resize; not "
              "in MIL.",
       .traits = traits::interpolation(Overflow::floats).sized_by_data(),
       .bounds = bounds_of_filter,
       .cost = cost::traffic,
       .infer = infer,
       .eval = eval},
      operand<&Op::x>("x", kAny, "Input of any rank."),
      optional_operand<&Op::roi>(
          "roi", kFloats,
          "Starts, then ends, of the part to read, as fractions of the axes; "
          "for tf_crop_and_resize."),
      optional_operand<&Op::scales>("scales", kFloats, "Output size over input size, per axis."),
      optional_operand<&Op::sizes>("sizes", kInts, "Output sizes, per axis."),
      attr<&Op::axes>("axes", "The dims to resize; empty: all.").not_in_mil(),
      attr<&Op::mode>("mode", "nearest, linear or cubic.").not_in_mil(),
      attr<&Op::coordinate_transformation_mode>(
          "coordinate_transformation_mode",
          "How an output index becomes a coordinate of the input.")
          .not_in_mil(),
      attr<&Op::nearest_mode>("nearest_mode",
                              "round_prefer_floor, round_prefer_ceil, floor or ceil.")
          .not_in_mil(),
      attr<&Op::cubic_coeff_a>("cubic_coeff_a", "The cubic kernel's parameter.").not_in_mil(),
      attr<&Op::exclude_outside>("exclude_outside", "Elements outside x get no weight.")
          .not_in_mil(),
      attr<&Op::extrapolation_value>("extrapolation_value",
                                     "Result outside x, for tf_crop_and_resize.")
          .not_in_mil(),
      attr<&Op::antialias>("antialias", "Widen the filter when shrinking.").not_in_mil(),
      attr<&Op::keep_aspect_ratio_policy>("keep_aspect_ratio_policy",
                                          "stretch: exactly `sizes`; not_larger, "
                                          "not_smaller: one scale for all axes.")
          .not_in_mil());
}

}  // namespace corecast::op
