#include "ops/image/source_line.h"

#include <algorithm>
#include <cmath>

namespace corecast::op {
namespace {

__extension__ typedef __int128 Wide;

Wide floor_div(Wide a, Wide b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

std::optional<Factor<std::int64_t>> small_fraction(float scale) {
  for (std::int64_t under = 1; under <= 1024; ++under) {
    const double over = std::nearbyint(static_cast<double>(scale) * static_cast<double>(under));
    if (over >= 1 && over < 1e9 && static_cast<float>(over / static_cast<double>(under)) == scale)
      return Factor<std::int64_t>{static_cast<std::int64_t>(over), under};
  }
  return std::nullopt;
}

Factor<std::int64_t> scale_of(float scale, std::int64_t in, std::int64_t out) {
  if (const auto small = small_fraction(scale)) return *small;
  if (in > 0 && out > 0 &&
      static_cast<float>(static_cast<double>(out) / static_cast<double>(in)) == scale)
    return {out, in};
  int exponent = 0;
  const auto significand = static_cast<std::int64_t>(std::ldexp(std::frexp(scale, &exponent), 24));
  const int shift = exponent - 24;
  if (shift >= 0) return {significand << std::min(shift, 38), 1};
  return {significand, std::int64_t{1} << std::min(-shift, 62)};
}

std::optional<std::int64_t> nearest_source(std::string_view coordinates, std::string_view nearest,
                                           std::int64_t in, std::int64_t out,
                                           const Factor<std::int64_t>& scale, std::int64_t i) {
  const auto line =
      source_line<Wide>(coordinates, in, out, {.over = scale.over, .under = scale.under});
  if (!line) return std::nullopt;
  if (coordinates == "pytorch_half_pixel" && out == 1) return 0;
  const auto r = rounding<Wide>(nearest, line->per);
  const Wide at =
      floor_div(r.factor * (line->step * i + line->start) + r.addend, r.factor * line->per);
  return static_cast<std::int64_t>(std::clamp<Wide>(at, 0, in - 1));
}

}  // namespace corecast::op
