#include "ops/image/crop_resize.h"

#include "ops/image/sampling.h"

namespace corecast::op {
namespace {

constexpr DTypeSet kBoxes = kFloats | DTypeSet::of(DType::u16);
constexpr DTypeSet kBoxIndices = DTypeSet::of(DType::u16, DType::i32, DType::i64);

// Inclusive corners in pixels.
struct Box {
  double top, left, bottom, right;
};

template <class Op>
Box corners(const Op& op, const double* v, std::int64_t height, std::int64_t width) {
  const bool width_first = op.box_coordinate_mode.ends_with("WIDTH_FIRST");
  const double a = v[width_first ? 1 : 0], b = v[width_first ? 0 : 1], c = v[width_first ? 3 : 2],
               d = v[width_first ? 2 : 3];
  Box box = op.box_coordinate_mode.starts_with("CENTER_SIZE")
                ? Box{a - c / 2, b - d / 2, a + c / 2, b + d / 2}
                : Box{a, b, c, d};
  const double y =
      op.spatial_scale * (op.normalized_coordinates ? static_cast<double>(height - 1) : 1.0);
  const double x =
      op.spatial_scale * (op.normalized_coordinates ? static_cast<double>(width - 1) : 1.0);
  return {box.top * y, box.left * x, box.bottom * y, box.right * x};
}

template <class Op>
AxisTaps taps_of(const Op& op, double first, double last, std::int64_t size, std::int64_t out) {
  AxisTaps taps;
  for (std::int64_t i = 0; i < out; ++i) {
    const double at = first + grid_point(op.sampling_mode, last - first + 1, out, i);
    if (at >= 0 && at <= static_cast<double>(size - 1))
      taps.push_back(linear_taps(at, size));
    else
      taps.push_back({});
  }
  return taps;
}

// Samples of one image [C, H, W] in one box, appended to `out` from `at` on.
template <class Op>
void sample_box(const Op& op, const Tensor& x, const std::vector<double>& values,
                std::int64_t image, const double* box, Tensor& out, std::int64_t& at) {
  const auto channels = x.dims()[1], height = x.dims()[2], width = x.dims()[3];
  const Box b = corners(op, box, height, width);
  const auto rows = taps_of(op, b.top, b.bottom, height, op.target_height);
  const auto columns = taps_of(op, b.left, b.right, width, op.target_width);
  for (std::int64_t ch = 0; ch < channels; ++ch) {
    const double* plane = values.data() + (image * channels + ch) * height * width;
    for (const auto& row : rows) {
      for (const auto& column : columns) {
        double sum = row.empty() || column.empty() ? op.pad_value : 0.0;
        for (const Tap& r : row) {
          for (const Tap& k : column) sum += r.weight * k.weight * plane[r.index * width + k.index];
        }
        out.set(at++, sum);
      }
    }
  }
}

template <class Op>
Status check(const Op& op, InferContext& c) {
  TRY_VOID(check_sampling_mode(op.sampling_mode));
  if (c.rank(op.x) != 4) return infer_error("x must have rank 4, not ", c.rank(op.x));
  if (op.target_height < 1 || op.target_width < 1) {
    return infer_error("target size ", op.target_height, " x ", op.target_width,
                       " must be positive");
  }
  for (const std::string_view mode : {"CORNERS_HEIGHT_FIRST", "CORNERS_WIDTH_FIRST",
                                      "CENTER_SIZE_HEIGHT_FIRST", "CENTER_SIZE_WIDTH_FIRST"}) {
    if (op.box_coordinate_mode == mode) return {};
  }
  return infer_error(
      "box_coordinate_mode ", quote(op.box_coordinate_mode),
      " is none of CORNERS_HEIGHT_FIRST, CORNERS_WIDTH_FIRST, CENTER_SIZE_HEIGHT_FIRST, "
      "CENTER_SIZE_WIDTH_FIRST");
}

Result<Types> infer(const CropResize& op, InferContext& c) {
  TRY_VOID(check(op, c));
  const Shape &x = c.shape(op.x), &boxes = c.shape(op.boxes);
  if (boxes.size() != 2 || !must_equal(boxes[1], 4))
    return infer_error("boxes ", ir::to_string(boxes), " must be [N,4]");
  if (op.box_indices &&
      (c.rank(op.box_indices) != 1 || !must_equal(c.shape(op.box_indices)[0], boxes[0]))) {
    return infer_error("box_indices ", ir::to_string(c.shape(op.box_indices)), " must be [",
                       boxes[0].to_string(), "]");
  }
  return Types{Type(c.dtype(op.x), {boxes[0], x[1], op.target_height, op.target_width})};
}

Result<Tensors> eval(const CropResize& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  const auto values = x.to_doubles(), boxes = c.tensor(op.boxes).to_doubles();
  Tensor out = c.output();
  std::int64_t at = 0;
  for (std::int64_t n = 0; n < out.dims()[0]; ++n) {
    const auto image = op.box_indices ? c.tensor(op.box_indices).at_int(n) : n;
    if (image < 0 || image >= x.dims()[0]) {
      return eval_error("box_indices[", n, "] is ", image, ", x has ", x.dims()[0], " images");
    }
    sample_box(op, x, values, image, boxes.data() + 4 * n, out, at);
  }
  return Tensors{std::move(out)};
}

Result<Types> infer_ios15(const CropResizeIos15& op, InferContext& c) {
  TRY_VOID(check(op, c));
  const Shape &x = c.shape(op.x), &roi = c.shape(op.roi);
  const auto values = roi.size() == 5 ? roi[2].constant() : std::nullopt;
  if (!values || (*values != 4 && *values != 5) || !must_equal(roi[1], 1) ||
      !must_equal(roi[3], 1) || !must_equal(roi[4], 1)) {
    return infer_error("roi ", ir::to_string(roi), " must be [N,1,4,1,1] or [N,1,5,1,1]");
  }
  return Types{Type(c.dtype(op.x), {roi[0], *values == 4 ? x[0] : Dim(1), x[1], op.target_height,
                                    op.target_width})};
}

Result<Tensors> eval_ios15(const CropResizeIos15& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  const auto values = x.to_doubles(), roi = c.tensor(op.roi).to_doubles();
  const auto entries = c.tensor(op.roi).dims()[2];
  Tensor out = c.output();
  std::int64_t at = 0;
  for (std::int64_t n = 0; n < out.dims()[0]; ++n) {
    const double* box = roi.data() + entries * n;
    if (entries == 4) {
      for (std::int64_t image = 0; image < x.dims()[0]; ++image)
        sample_box(op, x, values, image, box, out, at);
      continue;
    }
    if (!(box[0] >= 0 && box[0] < static_cast<double>(x.dims()[0]))) {
      return eval_error("roi[", n, "] names image ", box[0], ", x has ", x.dims()[0]);
    }
    sample_box(op, x, values, static_cast<std::int64_t>(box[0]), box + 1, out, at);
  }
  return Tensors{std::move(out)};
}

constexpr std::string_view kModeDoc =
    "Order and meaning of a box: CORNERS_HEIGHT_FIRST, CORNERS_WIDTH_FIRST, "
    "CENTER_SIZE_HEIGHT_FIRST, "
    "CENTER_SIZE_WIDTH_FIRST.";
constexpr std::string_view kSamplingDoc =
    "As in resize_bilinear, from corner to corner of the box.";

}  // namespace

OpSchema crop_resize_schema() {
  using Op = CropResize;
  return make_schema<Op>(
      {.name = "crop_resize",
       .doc = "Bilinear samples of a grid over each box of an image; pad_value outside the image.",
       .mil = {"crop_resize", Target::ios17},
       .traits = traits::interpolation(Overflow::never).needing(Digits::pixel_positions),
       .bounds =
           [](const Op& op, const BoundsContext& c) {
             return hull(c.of(op.x), Interval::only(op.pad_value));
           },
       .cost = cost::traffic,
       .infer = infer,
       .eval = eval},
      operand<&Op::x>("x", kFloats, "Images [B,C,H,W]."),
      operand<&Op::boxes>("boxes", kBoxes, "Boxes [N,4]."),
      optional_operand<&Op::box_indices>("box_indices", kBoxIndices,
                                         "Image of each box [N]; absent: 0 ... N-1."),
      attr<&Op::target_height>("target_height", "Rows of samples."),
      attr<&Op::target_width>("target_width", "Columns of samples."),
      attr<&Op::normalized_coordinates>("normalized_coordinates",
                                        "Boxes are fractions of H-1 and W-1."),
      attr<&Op::spatial_scale>("spatial_scale", "Multiplies the boxes.").mil_dtype(DType::f32),
      attr<&Op::box_coordinate_mode>("box_coordinate_mode", kModeDoc),
      attr<&Op::sampling_mode>("sampling_mode", kSamplingDoc),
      attr<&Op::pad_value>("pad_value", "Outside the image."));
}

OpSchema crop_resize_ios15_schema() {
  using Op = CropResizeIos15;
  return make_schema<Op>(
      {.name = "crop_resize_ios15",
       .doc = "crop_resize as before iOS 17: every box on every image, or boxes led by an image "
              "index.",
       .mil = {"crop_resize", Target::ios15, Target::ios17},
       .traits = traits::interpolation(Overflow::never).needing(Digits::pixel_positions),
       .bounds =
           [](const Op& op, const BoundsContext& c) {
             return hull(c.of(op.x), Interval::only(op.pad_value));
           },
       .cost = cost::traffic,
       .infer = infer_ios15,
       .eval = eval_ios15},
      operand<&Op::x>("x", kFloats, "Images [B,C,H,W].").grouped('T'),
      operand<&Op::roi>("roi", kFloats, "Boxes [N,1,4,1,1] or [N,1,5,1,1].").grouped('T'),
      attr<&Op::target_height>("target_height", "Rows of samples."),
      attr<&Op::target_width>("target_width", "Columns of samples."),
      attr<&Op::normalized_coordinates>("normalized_coordinates",
                                        "Boxes are fractions of H-1 and W-1."),
      attr<&Op::spatial_scale>("spatial_scale", "Multiplies the boxes.").mil_dtype(DType::f32),
      attr<&Op::box_coordinate_mode>("box_coordinate_mode", kModeDoc),
      attr<&Op::sampling_mode>("sampling_mode", kSamplingDoc),
      attr<&Op::pad_value>("pad_value", "Outside the image.").since(Target::ios16));
}

}  // namespace corecast::op
