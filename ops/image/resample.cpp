#include "ops/image/resample.h"

#include <algorithm>
#include <cmath>

#include "ops/image/sampling.h"

namespace corecast::op {
namespace {

constexpr DTypeSet kCoordinates = kFloats | kInts;

double to_pixels(double c, std::int64_t size, std::string_view mode, bool align_corners) {
  const auto m = static_cast<double>(size);
  if (mode == "unnormalized") return c;
  if (mode == "normalized_zero_to_one") return align_corners ? c * (m - 1) : c * m - 0.5;
  return align_corners ? (c + 1) / 2 * (m - 1) : ((c + 1) * m - 1) / 2;
}

// Folds c into [low, high] by reflection at both ends.
double reflect(double c, double low, double high) {
  const double span = high - low;
  if (span <= 0) return low;
  const double distance = std::fabs(c - low), turns = std::floor(distance / span),
               rest = distance - turns * span;
  return std::fmod(turns, 2.0) == 0.0 ? low + rest : high - rest;
}

// Brings a pixel position into the image, except for constant padding.
double padded(double c, std::int64_t size, std::string_view mode) {
  const auto last = static_cast<double>(size - 1);
  if (mode == "constant") return c;
  if (mode == "reflection")
    c = reflect(c, 0, last);
  else if (mode == "symmetric")
    c = reflect(c, -0.5, last + 0.5);
  return std::clamp(c, 0.0, last);
}

// Taps along one axis; their indices may lie outside [0, size) under constant padding. A position
// that is no number or absurdly far reads outside.
std::vector<Tap> taps_at(double c, bool nearest) {
  if (!(std::fabs(c) < 0x1p53)) return {{-1, 1.0}};
  const double low = nearest ? std::nearbyint(c) : std::floor(c);
  const auto i = static_cast<std::int64_t>(low);
  if (nearest || c == low) return {{i, 1.0}};
  return {{i, 1 - (c - low)}, {i + 1, c - low}};
}

double sample(const double* plane, std::int64_t height, std::int64_t width, double x, double y,
              const Resample& op) {
  const bool nearest = op.sampling_mode == "nearest";
  const auto rows = taps_at(padded(y, height, op.padding_mode), nearest);
  const auto columns = taps_at(padded(x, width, op.padding_mode), nearest);
  double sum = 0;
  for (const Tap& r : rows) {
    for (const Tap& k : columns) {
      const bool inside = r.index >= 0 && r.index < height && k.index >= 0 && k.index < width;
      sum += r.weight * k.weight * (inside ? plane[r.index * width + k.index] : op.padding_value);
    }
  }
  return sum;
}

// position(b, row, column) gives the (x, y) in pixels that the output element reads.
template <class PositionAt>
Tensor sample_all(const Resample& op, const Tensor& x, Tensor out, PositionAt position) {
  const auto values = x.to_doubles();
  const auto channels = x.dims()[1], height = x.dims()[2], width = x.dims()[3];
  std::int64_t at = 0;
  for_each_index(out.dims(), [&](const auto& i) {
    const auto [px, py] = position(i[0], i[2], i[3]);
    out.set(at++, sample(values.data() + (i[0] * channels + i[1]) * height * width, height, width,
                         px, py, op));
  });
  return out;
}

Status check_choice(std::string_view value, std::initializer_list<std::string_view> choices,
                    std::string_view name) {
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) return {};
  return infer_error(name, " ", quote(value), " is none of ", join(choices));
}

Result<Types> infer(const Resample& op, InferContext& c) {
  const Shape &x = c.shape(op.x), &at = c.shape(op.coordinates);
  TRY_VOID(check_choice(op.sampling_mode, {"bilinear", "nearest"}, "sampling_mode"));
  TRY_VOID(check_choice(op.padding_mode, {"constant", "border", "reflection", "symmetric"},
                        "padding_mode"));
  TRY_VOID(check_choice(op.coordinates_mode,
                        {"unnormalized", "normalized_minus_one_to_one", "normalized_zero_to_one"},
                        "coordinates_mode"));
  if (x.size() != 4) return infer_error("x must have rank 4, not ", x.size());
  if (at.size() != 4 || !must_equal(at[3], 2) || !must_equal(at[0], x[0])) {
    return infer_error("coordinates ", ir::to_string(at), " must be [", x[0].to_string(),
                       ",H,W,2]");
  }
  return Types{Type(c.dtype(op.x), {x[0], x[1], at[1], at[2]})};
}

Status check_not_empty(const Tensor& x, const Tensor& out) {
  if (out.count() > 0 && x.count() == 0) return eval_error("x is empty and cannot be sampled");
  return {};
}

Result<Tensors> eval(const Resample& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  const Tensor& at = c.tensor(op.coordinates);
  Tensor out = c.output();
  TRY_VOID(check_not_empty(x, out));
  const auto height = out.dims()[2], width = out.dims()[3];
  return Tensors{
      sample_all(op, x, std::move(out), [&](std::int64_t b, std::int64_t row, std::int64_t column) {
        const auto first = ((b * height + row) * width + column) * 2;
        return std::pair(
            to_pixels(at.at(first), x.dims()[3], op.coordinates_mode, op.align_corners),
            to_pixels(at.at(first + 1), x.dims()[2], op.coordinates_mode, op.align_corners));
      })};
}

Result<Types> infer_affine(const Affine& op, InferContext& c) {
  const Shape &x = c.shape(op.x), &m = c.shape(op.transform_matrix);
  TRY_VOID(check_choice(op.sampling_mode, {"bilinear"}, "sampling_mode"));
  TRY_VOID(check_choice(op.padding_mode, {"constant"}, "padding_mode"));
  TRY_VOID(check_choice(op.coordinates_mode, {"normalized_minus_one_to_one"}, "coordinates_mode"));
  if (op.padding_value != 0 || !op.align_corners)
    return infer_error("padding_value must be 0, align_corners true");
  if (x.size() != 4) return infer_error("x must have rank 4, not ", x.size());
  if (m.size() != 2 || !must_equal(m[1], 6) || !must_equal(m[0], x[0])) {
    return infer_error("transform_matrix ", ir::to_string(m), " must be [", x[0].to_string(),
                       ",6]");
  }
  if (op.output_height < 1 || op.output_width < 1) {
    return infer_error("output size ", op.output_height, " x ", op.output_width,
                       " must be positive");
  }
  return Types{Type(c.dtype(op.x), {x[0], x[1], op.output_height, op.output_width})};
}

Result<Tensors> eval_affine(const Affine& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  const auto m = c.tensor(op.transform_matrix).to_doubles();
  Tensor out = c.output();
  TRY_VOID(check_not_empty(x, out));
  auto normalized = [](std::int64_t i, std::int64_t size) {
    return size == 1 ? 0.0 : -1 + 2 * static_cast<double>(i) / static_cast<double>(size - 1);
  };
  return Tensors{sample_all(
      Resample{}, x, std::move(out), [&](std::int64_t b, std::int64_t row, std::int64_t column) {
        const double px = normalized(column, op.output_width),
                     py = normalized(row, op.output_height);
        const double* t = m.data() + 6 * b;
        return std::pair(
            to_pixels(t[0] * px + t[1] * py + t[2], x.dims()[3], op.coordinates_mode, true),
            to_pixels(t[3] * px + t[4] * py + t[5], x.dims()[2], op.coordinates_mode, true));
      })};
}

}  // namespace

OpSchema resample_schema() {
  using Op = Resample;
  return make_schema<Op>(
      {.name = "resample",
       .doc = "out[b,c,h,w] = x[b,c] read at the position coordinates[b,h,w] = (x, y).",
       .mil = {"resample"},
       .traits = traits::interpolation(Overflow::never),
       .bounds =
           [](const Op& op, const BoundsContext& c) {
             return hull(c.of(op.x), Interval::only(op.padding_value));
           },
       .cost = cost::traffic,
       .infer = infer,
       .eval = eval},
      operand<&Op::x>("x", kFloats, "Images [B,C,H,W]."),
      operand<&Op::coordinates>("coordinates", kCoordinates, "Positions [B,H2,W2,2].").positions(),
      attr<&Op::sampling_mode>("sampling_mode", "bilinear, or nearest (halves to even)."),
      attr<&Op::padding_mode>("padding_mode",
                              "constant, border, reflection (about 0 and m-1) or symmetric (about "
                              "-0.5 and m-0.5)."),
      attr<&Op::padding_value>("padding_value", "What is outside, for constant padding."),
      attr<&Op::coordinates_mode>(
          "coordinates_mode",
          "unnormalized, normalized_minus_one_to_one or normalized_zero_to_one."),
      attr<&Op::align_corners>("align_corners",
                               "The ends of the normalised range are the centres of the outermost "
                               "pixels, not their outer edges."));
}

OpSchema affine_schema() {
  using Op = Affine;
  return make_schema<Op>(
      {.name = "affine",
       .doc = "x read bilinearly at an affine image of the output grid in [-1,1]; zero outside.",
       .mil = {"affine"},
       .traits = traits::interpolation(Overflow::never),
       .bounds = bounds::of_or_zero(&Op::x),
       .cost = cost::traffic,
       .infer = infer_affine,
       .eval = eval_affine},
      operand<&Op::x>("x", kFloats, "Images [B,C,H,W].").grouped('T'),
      operand<&Op::transform_matrix>("transform_matrix", kFloats, "Rows (a0,a1,a2,b0,b1,b2) [B,6].")
          .grouped('T'),
      attr<&Op::output_height>("output_height", "Rows of the result."),
      attr<&Op::output_width>("output_width", "Columns of the result."),
      attr<&Op::sampling_mode>("sampling_mode", "bilinear."),
      attr<&Op::padding_mode>("padding_mode", "constant."),
      attr<&Op::padding_value>("padding_value", "0."),
      attr<&Op::coordinates_mode>("coordinates_mode", "normalized_minus_one_to_one."),
      attr<&Op::align_corners>("align_corners", "true."));
}

}  // namespace corecast::op
