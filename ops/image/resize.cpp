#include "ops/image/resize.h"

#include "ops/image/sampling.h"

namespace corecast::op {
namespace {

// Types and evaluation from the new sizes of the last two dims.
Result<Types> planar(InferContext& c, ValueId x, const Dim& height, const Dim& width) {
  Shape shape = c.shape(x);
  if (shape.size() < 3) return infer_error("x must have rank 3 or more, not ", shape.size());
  for (const Dim& d : {height, width}) {
    if (d.is_constant() && d.value() < 1)
      return infer_error("the result would have a size of ", d.value());
  }
  shape[shape.size() - 2] = height;
  shape.back() = width;
  return Types{Type(c.dtype(x), std::move(shape))};
}

// taps_at(in, out, i) for the axes of x whose sizes in the result are `sizes`, the last ones.
template <class TapsAt>
Result<Tensors> resized(const Tensor& x, const std::vector<std::int64_t>& sizes, TapsAt taps_at) {
  const std::size_t first = x.dims().size() - sizes.size();
  std::vector<AxisTaps> taps(sizes.size());
  for (std::size_t a = 0; a < sizes.size(); ++a) {
    const auto in = x.dims()[first + a];
    if (in == 0 && sizes[a] != 0)
      return eval_error("dim ", first + a, " of x is empty and cannot be resized");
    for (std::int64_t i = 0; i < sizes[a]; ++i) taps[a].push_back(taps_at(in, sizes[a], i));
  }
  return Tensors{resample_axes(x, first, taps)};
}

std::vector<std::int64_t> last_two(EvalContext& c) {
  const auto dims = ir::static_dims(c.result_type().shape);
  return {dims.end() - 2, dims.end()};
}

auto linear(std::string_view mode) {
  return [mode](std::int64_t in, std::int64_t out, std::int64_t i) {
    return linear_taps(grid_point(mode, static_cast<double>(in), out, i), in);
  };
}

// floor((i + 0.5) * in / out), in integers.
std::vector<Tap> center_tap(std::int64_t in, std::int64_t out, std::int64_t i) {
  return {{(2 * i + 1) * in / (2 * out), 1.0}};
}
std::vector<Tap> floor_tap(std::int64_t in, std::int64_t out, std::int64_t i) {
  return {{i * in / out, 1.0}};
}

Result<Types> infer_bilinear(const ResizeBilinear& op, InferContext& c) {
  TRY_VOID(check_sampling_mode(op.sampling_mode));
  return planar(c, op.x, op.target_size_height, op.target_size_width);
}
Result<Tensors> eval_bilinear(const ResizeBilinear& op, EvalContext& c) {
  return resized(c.tensor(op.x), last_two(c), linear(op.sampling_mode));
}

Result<Types> infer_nearest(const ResizeNearestNeighbor& op, InferContext& c) {
  return planar(c, op.x, op.target_size_height, op.target_size_width);
}
Result<Tensors> eval_nearest(const ResizeNearestNeighbor& op, EvalContext& c) {
  return resized(c.tensor(op.x), last_two(c), center_tap);
}

template <class Op>
Result<Types> infer_upsample(const Op& op, InferContext& c) {
  const Shape& x = c.shape(op.x);
  if (x.size() < 3) return infer_error("x must have rank 3 or more, not ", x.size());
  if (!(op.scale_factor_height > 0) || !(op.scale_factor_width > 0)) {
    return infer_error("scale factors ", op.scale_factor_height, ", ", op.scale_factor_width,
                       " must be positive");
  }
  return planar(c, op.x, scaled_size(x[x.size() - 2], static_cast<float>(op.scale_factor_height)),
                scaled_size(x.back(), static_cast<float>(op.scale_factor_width)));
}

Result<Types> infer_upsample_bilinear(const UpsampleBilinear& op, InferContext& c) {
  if (op.align_corners && op.half_pixel_centers.value_or(false)) {
    return infer_error("align_corners and half_pixel_centers exclude each other");
  }
  return infer_upsample(op, c);
}
Result<Tensors> eval_upsample_bilinear(const UpsampleBilinear& op, EvalContext& c) {
  const bool half_pixel = op.half_pixel_centers.value_or(!op.align_corners);
  return resized(c.tensor(op.x), last_two(c),
                 linear(op.align_corners ? "STRICT_ALIGN_CORNERS"
                        : half_pixel     ? "UNALIGN_CORNERS"
                                         : "DEFAULT"));
}
Result<Tensors> eval_upsample_nearest(const UpsampleNearestNeighbor& op, EvalContext& c) {
  return resized(c.tensor(op.x), last_two(c), floor_tap);
}

Result<Types> infer_resize(const Resize& op, InferContext& c) {
  TRY_VOID(check_sampling_mode(op.sampling_mode));
  if (op.interpolation_mode != "LINEAR" && op.interpolation_mode != "NEAREST_NEIGHBOR") {
    return infer_error("interpolation_mode ", quote(op.interpolation_mode),
                       " is neither LINEAR nor NEAREST_NEIGHBOR");
  }
  if (c.rank(op.shape) != 1) return infer_error("shape must have rank 1, not ", c.rank(op.shape));
  Shape shape = c.shape(op.x);
  const auto entries = c.shape(op.shape)[0].constant();
  const auto n = op.resized_dims;
  if (n < 1 || n > static_cast<std::int64_t>(shape.size()) || (entries && n > *entries)) {
    return infer_error("resized_dims is ", n, " for x of rank ", shape.size(), " and ",
                       c.shape(op.shape)[0].to_string(), " entries of shape");
  }
  const auto known = c.known(op.shape);
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {  // from the end
    Dim& size = shape[shape.size() - 1 - i];
    if (!known) {
      size = c.fresh(static_cast<int>(i));
      continue;
    }
    const Dim& wanted = (*known)[known->size() - 1 - i];
    if (wanted.is_constant() && wanted.value() < 0)
      return infer_error("shape asks for a size of ", wanted.value());
    if (wanted != Dim(0)) size = wanted;
  }
  return Types{Type(c.dtype(op.x), std::move(shape))};
}

Result<Tensors> eval_resize(const Resize& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  const auto wanted = c.tensor(op.shape).to_ints();
  const auto n = static_cast<std::size_t>(op.resized_dims);
  if (wanted.size() < n)
    return eval_error("shape has ", wanted.size(), " entries, resized_dims is ", n);
  std::vector<std::int64_t> sizes(wanted.end() - op.resized_dims, wanted.end());
  for (std::size_t i = 0; i < n; ++i) {
    if (sizes[i] < 0) return eval_error("shape asks for a size of ", sizes[i]);
    if (sizes[i] == 0) sizes[i] = x.dims()[x.dims().size() - n + i];
  }
  if (op.interpolation_mode == "LINEAR") return resized(x, sizes, linear(op.sampling_mode));
  if (op.sampling_mode == "DEFAULT" || op.sampling_mode == "UNALIGN_CORNERS")
    return resized(x, sizes, center_tap);
  return resized(x, sizes, [&](std::int64_t in, std::int64_t out, std::int64_t i) {
    return nearest_taps(grid_point(op.sampling_mode, static_cast<double>(in), out, i), in);
  });
}

constexpr std::string_view kXDoc = "Input [*d,H,W].";

}  // namespace

OpSchema resize_bilinear_schema() {
  using Op = ResizeBilinear;
  return make_schema<Op>(
      {.name = "resize_bilinear",
       .doc = "Bilinear interpolation of the last two dims to given sizes.",
       .mil = {"resize_bilinear"},
       .traits = traits::interpolation(Overflow::never),
       .bounds = bounds::of(&Op::x),
       .cost = cost::traffic,
       .infer = infer_bilinear,
       .eval = eval_bilinear},
      operand<&Op::x>("x", kFloats, kXDoc),
      attr<&Op::target_size_height>("target_size_height", "New H."),
      attr<&Op::target_size_width>("target_size_width", "New W."),
      attr<&Op::sampling_mode>("sampling_mode",
                               "Where output i of n reads an input of m elements: "
                               "STRICT_ALIGN_CORNERS i*(m-1)/(n-1), ALIGN_CORNERS the same but the "
                               "middle for n = 1, DEFAULT i*m/n, OFFSET_CORNERS "
                               "(i+0.5)*max(1,m-1)/n, UNALIGN_CORNERS (i+0.5)*m/n-0.5."));
}

OpSchema resize_nearest_neighbor_schema() {
  using Op = ResizeNearestNeighbor;
  return make_schema<Op>({.name = "resize_nearest_neighbor",
                          .doc = "Last two dims to given sizes; out[i] = x[floor((i+0.5)*in/out)].",
                          .mil = {"resize_nearest_neighbor"},
                          .traits = traits::selection(),
                          .bounds = bounds::of(&Op::x),
                          .cost = cost::traffic,
                          .infer = infer_nearest,
                          .eval = eval_nearest},
                         operand<&Op::x>("x", kFloats, kXDoc),
                         attr<&Op::target_size_height>("target_size_height", "New H."),
                         attr<&Op::target_size_width>("target_size_width", "New W."));
}

OpSchema upsample_bilinear_schema() {
  using Op = UpsampleBilinear;
  return make_schema<Op>(
      {.name = "upsample_bilinear",
       .doc = "Bilinear interpolation of the last two dims to floor(size*factor).",
       .mil = {"upsample_bilinear"},
       .traits = traits::interpolation(Overflow::never),
       .bounds = bounds::of(&Op::x),
       .cost = cost::traffic,
       .infer = infer_upsample_bilinear,
       .eval = eval_upsample_bilinear},
      operand<&Op::x>("x", kFloats, kXDoc),
      attr<&Op::scale_factor_height>("scale_factor_height", "Factor of H.").mil_dtype(DType::f32),
      attr<&Op::scale_factor_width>("scale_factor_width", "Factor of W.").mil_dtype(DType::f32),
      attr<&Op::align_corners>("align_corners",
                               "First and last elements stay in place: i*(in-1)/(out-1)."),
      attr<&Op::half_pixel_centers>("half_pixel_centers",
                                    "(i+0.5)*in/out-0.5; without, and without align_corners: "
                                    "i*in/out. Unset: the opposite of align_corners.")
          .since(Target::ios16));
}

OpSchema upsample_nearest_neighbor_schema() {
  using Op = UpsampleNearestNeighbor;
  return make_schema<Op>(
      {.name = "upsample_nearest_neighbor",
       .doc = "Last two dims to floor(size*factor); out[i] = x[floor(i*in/out)].",
       .mil = {"upsample_nearest_neighbor"},
       .traits = traits::selection(),
       .bounds = bounds::of(&Op::x),
       .cost = cost::traffic,
       .infer = infer_upsample<UpsampleNearestNeighbor>,
       .eval = eval_upsample_nearest},
      operand<&Op::x>("x", kFloats, kXDoc),
      attr<&Op::scale_factor_height>("scale_factor_height", "Factor of H.").mil_dtype(DType::f32),
      attr<&Op::scale_factor_width>("scale_factor_width", "Factor of W.").mil_dtype(DType::f32));
}

OpSchema resize_schema() {
  return make_schema<Resize>(
      {.name = "resize",
       .doc =
           "Interpolation of the last resized_dims dims to sizes that may be computed at run time.",
       .mil = {"resize", Target::ios17},
       .traits = traits::interpolation(Overflow::never).sized_by_data(),
       .bounds = bounds::of(&Resize::x),
       .cost = cost::traffic,
       .infer = infer_resize,
       .eval = eval_resize},
      operand<&Resize::x>("x", kNumbers, "Input."),
      operand<&Resize::shape>("shape", kIndices,
                              "New sizes; the last resized_dims entries count, 0 keeps x's size."),
      attr<&Resize::resized_dims>("resized_dims", "How many of the last dims change.")
          .mil_dtype(DType::u32),
      attr<&Resize::interpolation_mode>("interpolation_mode", "LINEAR or NEAREST_NEIGHBOR."),
      attr<&Resize::sampling_mode>("sampling_mode", "As in resize_bilinear."));
}

}  // namespace corecast::op
