// Reading a tensor between its elements: what the resize family shares.
#pragma once

#include <functional>

#include "ops/detail/common.h"

namespace corecast::op {

/// One input element's share of an output element.
struct Tap {
  std::int64_t index;
  double weight;
};
/// Per output position along one axis, what it is made of. No taps: nothing of the input.
using AxisTaps = std::vector<std::vector<Tap>>;

/// Linear interpolation at `x`, clamped to [0, size-1]; one tap where x is whole.
std::vector<Tap> linear_taps(double x, std::int64_t size);
/// The element at floor(x + 0.5), clamped.
std::vector<Tap> nearest_taps(double x, std::int64_t size);

/// Replaces axis `axis` of `dims` (in place) and of the row-major `values`; `outside` where there
/// are no taps.
std::vector<double> resample_axis(const std::vector<double>& values,
                                  std::vector<std::int64_t>& dims, std::size_t axis,
                                  const AxisTaps& taps, double outside = 0.0);

/// x with its axes from `first_axis` on replaced by taps[0], taps[1], ...
Tensor resample_axes(const Tensor& x, std::size_t first_axis, const std::vector<AxisTaps>& taps);

/// MIL's sampling_mode: where output i of `out` over an interval of `length` elements (the whole
/// axis: its size) reads, relative to the interval's first element.
///   STRICT_ALIGN_CORNERS  i*(length-1)/(out-1), 0 if out = 1
///   ALIGN_CORNERS         the same, (length-1)/2 if out = 1
///   DEFAULT               i*length/out
///   OFFSET_CORNERS        (i+0.5)*max(1, length-1)/out
///   UNALIGN_CORNERS       (i+0.5)*length/out - 0.5
double grid_point(std::string_view sampling_mode, double length, std::int64_t out, std::int64_t i);
Status check_sampling_mode(std::string_view sampling_mode);

/// floor(size * scale), computed in f32 as runtimes do. A symbolic size gives an exact expression
/// when scale is (the f32 nearest to) a fraction of small numbers, and of the f32's own bits
/// otherwise.
Dim scaled_size(const Dim& size, float scale);

}  // namespace corecast::op
