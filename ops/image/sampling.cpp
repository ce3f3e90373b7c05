#include "ops/image/sampling.h"

#include <algorithm>
#include <cmath>

#include "ops/image/source_line.h"

namespace corecast::op {

std::vector<Tap> linear_taps(double x, std::int64_t size) {
  x = std::clamp(x, 0.0, static_cast<double>(size - 1));
  const double low = std::floor(x), part = x - low;
  const auto i = static_cast<std::int64_t>(low);
  if (part == 0.0) return {{i, 1.0}};
  return {{i, 1.0 - part}, {i + 1, part}};
}

std::vector<Tap> nearest_taps(double x, std::int64_t size) {
  return {{static_cast<std::int64_t>(
               std::clamp(std::floor(x + 0.5), 0.0, static_cast<double>(size - 1))),
           1.0}};
}

std::vector<double> resample_axis(const std::vector<double>& values,
                                  std::vector<std::int64_t>& dims, std::size_t axis,
                                  const AxisTaps& taps, double outside) {
  std::int64_t outer = 1, inner = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= dims[i];
  for (std::size_t i = axis + 1; i < dims.size(); ++i) inner *= dims[i];
  const std::int64_t size = dims[axis];
  dims[axis] = static_cast<std::int64_t>(taps.size());
  std::vector<double> out;
  out.reserve(static_cast<std::size_t>(outer * dims[axis] * inner));
  for (std::int64_t o = 0; o < outer; ++o) {
    for (const auto& position : taps) {
      for (std::int64_t i = 0; i < inner; ++i) {
        double sum = position.empty() ? outside : 0.0;
        for (const Tap& t : position) {
          sum += t.weight * values[static_cast<std::size_t>((o * size + t.index) * inner + i)];
        }
        out.push_back(sum);
      }
    }
  }
  return out;
}

Tensor resample_axes(const Tensor& x, std::size_t first_axis, const std::vector<AxisTaps>& taps) {
  auto dims = x.dims();
  auto values = x.to_doubles();
  for (std::size_t i = 0; i < taps.size(); ++i)
    values = resample_axis(values, dims, first_axis + i, taps[i]);
  Tensor out = Tensor::empty(x.dtype(), dims);
  for (std::int64_t i = 0; i < out.count(); ++i) out.set(i, values[static_cast<std::size_t>(i)]);
  return out;
}

double grid_point(std::string_view mode, double length, std::int64_t out, std::int64_t i) {
  const auto n = static_cast<double>(out), at = static_cast<double>(i);
  if (mode == "STRICT_ALIGN_CORNERS") return out == 1 ? 0.0 : at * (length - 1) / (n - 1);
  if (mode == "ALIGN_CORNERS") return out == 1 ? (length - 1) / 2 : at * (length - 1) / (n - 1);
  if (mode == "DEFAULT") return at * length / n;
  if (mode == "OFFSET_CORNERS") return (at + 0.5) * std::max(1.0, length - 1) / n;
  CC_CHECK(mode == "UNALIGN_CORNERS");
  return (at + 0.5) * length / n - 0.5;
}

Status check_sampling_mode(std::string_view mode) {
  for (const std::string_view known :
       {"STRICT_ALIGN_CORNERS", "ALIGN_CORNERS", "DEFAULT", "OFFSET_CORNERS", "UNALIGN_CORNERS"}) {
    if (mode == known) return {};
  }
  return infer_error("sampling_mode ", quote(mode),
                     " is none of STRICT_ALIGN_CORNERS, ALIGN_CORNERS, DEFAULT, "
                     "OFFSET_CORNERS, UNALIGN_CORNERS");
}

Dim scaled_size(const Dim& size, float scale) {
  if (size.is_constant()) {
    const float scaled = std::floor(static_cast<float>(size.value()) * scale);
    return static_cast<std::int64_t>(std::clamp(scaled, 0.0F, 0x1p62F));
  }
  if (const auto fraction = small_fraction(scale))
    return floor_div(size * fraction->over, fraction->under);
  int exponent = 0;
  const auto mantissa = static_cast<std::int64_t>(std::ldexp(std::frexp(scale, &exponent), 24));
  const int shift = std::clamp(24 - exponent, 0, 62);
  return floor_div(size * mantissa, std::int64_t{1} << shift);
}

}  // namespace corecast::op
