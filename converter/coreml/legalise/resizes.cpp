// resize_nd: MIL's resizing ops where they read the very same places, else gathers (nearest),
// products with interpolation matrices (linear, cubic, antialiased), or coordinates computed at run
// time.
#include <cmath>

#include "converter/coreml/legalise/resize_dynamic.h"
#include "converter/coreml/legalise/resize_maps.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/image/resize.h"
#include "ops/image/sampling.h"
#include "ops/indexing/gather.h"
#include "ops/linear/matmul.h"
#include "ops/shape/expand_dims.h"
#include "ops/shape/squeeze.h"
#include "ops/shape/transpose.h"

namespace corecast::coreml::legal {
namespace {

using Axes = std::vector<ResizeAxis>;

// --- MIL's ops -------------------------------------------------------------------------------

constexpr const char* kSamplingModes[] = {"UNALIGN_CORNERS", "STRICT_ALIGN_CORNERS", "DEFAULT",
                                          "OFFSET_CORNERS"};

/// The grid of one of MIL's ops along one axis.
using Grid = double (*)(std::string_view mode, std::int64_t in, std::int64_t out, std::int64_t i);

double asymmetric_floor(std::string_view, std::int64_t in, std::int64_t out, std::int64_t i) {
  return static_cast<double>(i * in / out);
}
double centered_floor(std::string_view, std::int64_t in, std::int64_t out, std::int64_t i) {
  return static_cast<double>((2 * i + 1) * in / (2 * out));
}
double linear(std::string_view mode, std::int64_t in, std::int64_t out, std::int64_t i) {
  return std::clamp(op::grid_point(mode, static_cast<double>(in), out, i), 0.0,
                    static_cast<double>(in - 1));
}

bool same_grid(const std::vector<double>& map, Grid grid, std::string_view mode, std::int64_t in,
               std::int64_t out) {
  // Coordinates were computed in f32.
  const double tolerance = grid == linear ? 4e-7 * static_cast<double>(in + 1) : 0;
  for (std::size_t i = 0; i < map.size(); ++i) {
    if (std::fabs(map[i] - grid(mode, in, out, static_cast<std::int64_t>(i))) > tolerance)
      return false;
  }
  return true;
}

/// Whether the op does along `a` what MIL's grid does. A symbolic size is tried out at several
/// values; with a constant whole factor all sizes behave alike.
bool matches(Site& s, const op::ResizeNd& o, const ResizeAxis& a, Grid grid,
             std::string_view mode) {
  if (is_identity(s, o, a)) return true;
  if (a.is_static()) {
    const auto map = resize_map(s, o, a, a.in.value(), a.out.value());
    return map && same_grid(*map, grid, mode, a.in.value(), a.out.value());
  }
  if (!a.scale || *a.scale != std::floor(*a.scale)) return false;
  for (const std::int64_t in : {1, 2, 3, 4, 5, 7, 10, 16, 33}) {
    const auto out = in * static_cast<std::int64_t>(*a.scale);
    const auto map = resize_map(s, o, a, in, out);
    if (!map || !same_grid(*map, grid, mode, in, out)) return false;
  }
  return true;
}

bool both_match(Site& s, const op::ResizeNd& o, const Axes& axes, Grid grid,
                std::string_view mode = {}) {
  for (const ResizeAxis& a : axes) {
    if (!matches(s, o, a, grid, mode)) return false;
  }
  return true;
}

/// A factor that takes `in` to `out` when MIL rounds the product down in f32; 0 when none does.
double factor_for(const ResizeAxis& a) {
  if (a.scale) return op::scaled_size(a.in, *a.scale) == a.out ? static_cast<double>(*a.scale) : 0;
  if (a.in == a.out) return 1;
  if (!a.is_static() || a.in.value() == 0) return 0;
  const double in = static_cast<double>(a.in.value()), out = static_cast<double>(a.out.value());
  for (const double extra : {0.0, 1e-4, 1e-3}) {
    const auto factor = static_cast<float>((out + extra) / in);
    if (op::scaled_size(a.in, factor) == a.out) return static_cast<double>(factor);
  }
  return 0;
}

/// Resizes the last two dims of x (rank 4) by one MIL op; empty when none does exactly this.
ValueId by_mil_op(Site& s, const op::ResizeNd& o, ValueId x, const ResizeAxis& h,
                  const ResizeAxis& w) {
  const Axes axes = {h, w};
  const bool sizes_known = h.out.is_constant() && w.out.is_constant();
  const double fh = factor_for(h), fw = factor_for(w);
  if (o.mode == "nearest") {
    if (fh > 0 && fw > 0 && both_match(s, o, axes, asymmetric_floor))
      return s.add(op::UpsampleNearestNeighbor{x, fh, fw});
    if (sizes_known && both_match(s, o, axes, centered_floor)) {
      return s.add(op::ResizeNearestNeighbor{x, h.out.value(), w.out.value()});
    }
    return {};
  }
  if (!is_plain_linear(o, h) || !is_plain_linear(o, w)) return {};
  for (const char* mode : kSamplingModes) {
    if (!both_match(s, o, axes, linear, mode)) continue;
    if (sizes_known) return s.add(op::ResizeBilinear{x, h.out.value(), w.out.value(), mode});
    const std::string_view name = mode;
    if (!(fh > 0 && fw > 0)) continue;
    if (name == "STRICT_ALIGN_CORNERS")
      return s.add(op::UpsampleBilinear{x, fh, fw, true, std::nullopt});
    if (name == "UNALIGN_CORNERS")
      return s.add(op::UpsampleBilinear{x, fh, fw, false, std::nullopt});
    if (name == "DEFAULT" && s.may_have<op::UpsampleBilinear>("half_pixel_centers"))
      return s.add(op::UpsampleBilinear{x, fh, fw, false, false});
  }
  return {};
}

// --- axis by axis ----------------------------------------------------------------------------

/// Along one axis with both sizes known; empty when that fails.
ValueId by_table(Site& s, const op::ResizeNd& o, ValueId x, const ResizeAxis& a) {
  const std::int64_t in = a.in.value(), out = a.out.value();
  if (o.mode == "nearest") {
    if (const auto map = resize_map(s, o, a, in, out)) {
      Ints indices;
      for (const double v : *map) indices.push_back(static_cast<std::int64_t>(v));
      return s.add(op::Gather{x, s.ints(indices), a.axis});
    }
  }
  constexpr std::int64_t limit = 1 << 24;
  if (!ir::is_floating(s.dtype(x)) || in * in > limit || in * out > limit) return {};
  // The op is affine in x: its value at 0, and at each unit vector.
  Tensor unit = Tensor::zeros(DType::f64, {in, in});
  for (std::int64_t i = 0; i < in; ++i) unit.set(i * in + i, 1);
  const auto matrix = resize_one_axis(s, o, a, unit, in, out);
  const auto offset = resize_one_axis(s, o, a, Tensor::zeros(DType::f64, {in}), in, out);
  if (!matrix || !offset) return {};
  Tensor weights = Tensor::empty(s.dtype(x), {out, in}), shift = Tensor::empty(s.dtype(x), {out});
  bool shifts = false;
  for (std::int64_t i = 0; i < out; ++i) {
    shift.set(i, offset->at(i));
    shifts = shifts || offset->at(i) != 0;
    for (std::int64_t j = 0; j < in; ++j)
      weights.set(i * in + j, matrix->at(i * in + j) - offset->at(i));
  }
  const std::int64_t rank = s.rank(x);
  Ints perm;
  for (std::int64_t d = 0; d < rank; ++d) perm.push_back(d);
  const bool last = a.axis == rank - 1;
  std::swap(perm[static_cast<std::size_t>(a.axis)], perm.back());
  if (rank == 1) x = s.add(op::ExpandDims{x, {0}});
  if (!last) x = s.add(op::Transpose{x, perm});
  ValueId y = s.add(op::Matmul{x, s.builder.constant(std::move(weights)), false, true});
  if (shifts) y = s.add(op::Add{y, s.builder.constant(std::move(shift))});
  if (!last) y = s.add(op::Transpose{y, perm});
  return rank == 1 ? s.add(op::Squeeze{y, Ints{0}}) : y;
}

/// Integers: picked as they are, or interpolated in f32 and truncated, as runtimes do.
Values integers(Site& s, op::ResizeNd o) {
  const DType dtype = s.dtype(o.x);
  const bool whole = dtype == DType::i32 && o.mode == "nearest" &&
                     o.coordinate_transformation_mode != "tf_crop_and_resize";
  if (whole) return {};
  o.x = s.cast(o.x, o.mode == "nearest" && dtype == DType::boolean ? DType::i32 : DType::f32);
  return {s.cast(s.add(o), dtype)};
}

Values resize_nd(Site& s) {
  const auto o = s.get<op::ResizeNd>();
  if (!ir::is_floating(s.dtype(o.x))) {
    if (Values v = integers(s, o); !v.empty()) return v;
  }
  Axes active;
  for (const ResizeAxis& a : resize_axes(s, o)) {
    if (!is_identity(s, o, a)) active.push_back(a);
  }
  if (active.empty()) return {o.x};
  if (o.keep_aspect_ratio_policy != "stretch") {
    return s.refuse(std::string("keep_aspect_ratio_policy ") + o.keep_aspect_ratio_policy,
                    "give the sizes that result from it");
  }
  const std::int64_t rank = s.rank(o.x);
  ValueId x = o.x;
  // The last two dims together, by MIL's ops. An axis that stays takes part with factor 1.
  auto axis_of = [&](std::int64_t axis) {
    for (const ResizeAxis& a : active) {
      if (a.axis == axis) return a;
    }
    ResizeAxis still;
    still.axis = axis;
    still.in = still.out = axis < 0 ? Dim(1) : s.shape(o.x)[static_cast<std::size_t>(axis)];
    still.scale = 1.0F;
    return still;
  };
  const bool floating = ir::is_floating(s.dtype(x));
  bool spatial = false;
  for (const ResizeAxis& a : active) spatial = spatial || a.axis >= rank - 2;
  if (floating && spatial && rank >= 3) {
    // [n, c, w] is an image of height 1.
    const bool flat = rank == 3 && axis_of(1).in == axis_of(1).out;
    const ValueId image = flat ? s.add(op::ExpandDims{x, {2}}) : x;
    ValueId y = by_mil_op(s, o, image, flat ? axis_of(-1) : axis_of(rank - 2), axis_of(rank - 1));
    if (y) {
      x = flat ? s.add(op::Squeeze{y, Ints{2}}) : y;
      std::erase_if(active, [&](const ResizeAxis& a) { return a.axis >= rank - 2; });
    }
  }
  for (const ResizeAxis& a : active) {
    ValueId y = a.is_static() ? by_table(s, o, x, a) : ValueId();
    if (!y) y = resize_at_run_time(s, o, x, a);
    if (!y) {
      return s.refuse("mode " + o.mode + (o.antialias ? " with antialias" : "") +
                          " with sizes known at run time only",
                      "fix the sizes of the input");
    }
    x = y;
  }
  return {x};
}

}  // namespace

void add_resizes(Expansions& out) { out.push_back({OpKind::ResizeNd, resize_nd}); }

}  // namespace corecast::coreml::legal
