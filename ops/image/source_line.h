// Where nearest resizing reads, in whole numbers: ties and whole positions are exact, whatever the
// sizes. The formulas are stated once, for numbers and for values that ops compute at run time.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace corecast::op {

/// Output i reads at (step * i + start) / per, per > 0.
template <class T>
struct SourceLine {
  T step, start, per;
};

/// A scale as a fraction: output sizes over input sizes.
template <class T>
struct Factor {
  T over, under;
};

template <class T>
T least_one(const T& v) {
  return v < 1 ? T(1) : v;
}

/// ONNX's coordinate_transformation_mode, for an axis of `in` elements that becomes one of `out`;
/// empty for tf_crop_and_resize. pytorch_half_pixel: but 0 for a result of one element, which is
/// the caller's to see to. T: numbers, or what behaves like them.
template <class T>
std::optional<SourceLine<T>> source_line(std::string_view mode, T in, T out, Factor<T> scale) {
  const T over = scale.over, under = scale.under;
  if (mode == "asymmetric") return SourceLine<T>{under, under - under, over};
  if (mode == "align_corners") return SourceLine<T>{in - 1, in - in, least_one(out - 1)};
  if (mode == "tf_half_pixel_for_nn") return SourceLine<T>{under * 2, under, over * 2};
  if (mode == "half_pixel" || mode == "pytorch_half_pixel")
    return SourceLine<T>{under * 2, under - over, over * 2};
  if (mode == "half_pixel_symmetric")  // what the scale leaves over is cut from both ends
    return SourceLine<T>{under * 2, under - over + over * in - out * under, over * 2};
  return std::nullopt;
}

/// ONNX's nearest_mode as a division that rounds down: of (factor * n + addend) by factor * per,
/// where the position is n / per.
template <class T>
struct Rounding {
  std::int64_t factor;
  T addend;
};
template <class T>
Rounding<T> rounding(std::string_view mode, T per) {
  if (mode == "floor") return {1, per - per};
  if (mode == "ceil") return {1, per - 1};
  if (mode == "round_prefer_ceil") return {2, per};
  return {2, per - 1};  // round_prefer_floor: up from just above the half
}

/// The fraction that a float scale stands for: one of small numbers where the float is the nearest
/// to it, else that of the sizes where it is the nearest to that, else its own value. What does not
/// fit into 64 bits is brought into them.
Factor<std::int64_t> scale_of(float scale, std::int64_t in, std::int64_t out);
/// The first of these alone: for every size the same.
std::optional<Factor<std::int64_t>> small_fraction(float scale);

/// The element that output i reads, within [0, in). Empty as above.
std::optional<std::int64_t> nearest_source(std::string_view coordinates, std::string_view nearest,
                                           std::int64_t in, std::int64_t out,
                                           const Factor<std::int64_t>& scale, std::int64_t i);

}  // namespace corecast::op
