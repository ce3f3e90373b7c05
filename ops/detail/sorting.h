// Stable sorting along an axis, for the rooms that need it.
#pragma once

#include <algorithm>
#include <numeric>

#include "ops/elements.h"

namespace corecast::op {

/// Calls visit(o, i, order) for every line of x along the axis of `s`; order[r] is the index along
/// the axis of the r-th element. Equal elements keep their order; NaN counts as larger than any
/// number.
template <class Visit>
void for_each_sorted(const Tensor& x, const AxisSplit& s, bool ascending, const Visit& visit) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(s.length));
  auto run = [&](const auto& at) {
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (std::int64_t i = 0; i < s.inner; ++i) {
        std::iota(order.begin(), order.end(), std::int64_t{0});
        std::stable_sort(order.begin(), order.end(), [&](std::int64_t p, std::int64_t q) {
          const auto a = at(s.at(o, ascending ? p : q, i)), b = at(s.at(o, ascending ? q : p, i));
          return b != b ? a == a : a < b;
        });
        visit(o, i, static_cast<const std::vector<std::int64_t>&>(order));
      }
    }
  };
  if (ir::is_floating(x.dtype())) {
    run([&](std::int64_t i) { return x.at(i); });
  } else {
    with_int(x.dtype(), [&](auto t) {
      const auto in = x.data<decltype(t)>();
      run([&](std::int64_t i) { return in[static_cast<std::size_t>(i)]; });
    });
  }
}

}  // namespace corecast::op
