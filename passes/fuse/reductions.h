// What fusions ask of reductions.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "passes/pattern.h"

namespace corecast::passes::fuse {

/// The axes of a reduction of a tensor of this rank, ascending and not negative.
template <class Reduction>
std::vector<std::int64_t> axes_of(const Match& m, const Reduction& r) {
  const std::int64_t rank = m.type(r.x).rank();
  std::vector<std::int64_t> axes;
  for (std::int64_t a = 0; a < rank; ++a) axes.push_back(a);
  if (r.axes) axes = *r.axes;
  for (auto& a : axes) a += a < 0 ? rank : 0;
  std::sort(axes.begin(), axes.end());
  return axes;
}

/// How many elements become one, where that is a number above 0.
template <class Reduction>
std::optional<double> elements(const Match& m, const Reduction& r) {
  double n = 1;
  for (const auto a : axes_of(m, r)) {
    const auto size = m.type(r.x).shape[static_cast<std::size_t>(a)].constant();
    if (!size || *size < 1) return std::nullopt;
    n *= static_cast<double>(*size);
  }
  return n;
}

}  // namespace corecast::passes::fuse
