// Wide arithmetic of reference evaluation: floats accumulate in double, integers in wrapping 64-bit
// two's complement, and the result is rounded or wrapped to the element type once.
#pragma once

#include <vector>

#include "ops/detail/common.h"

namespace corecast::op {

template <class W>
std::vector<W> load_wide(const Tensor& t) {
  if constexpr (std::is_same_v<W, double>) {
    return t.to_doubles();
  } else {
    const auto ints = t.to_ints();
    return std::vector<W>(ints.begin(), ints.end());
  }
}

template <class W>
Tensor store_wide(DType dtype, std::vector<std::int64_t> dims, const std::vector<W>& values) {
  if constexpr (std::is_same_v<W, double>) {
    Tensor out = Tensor::empty(dtype, std::move(dims));
    for (std::size_t i = 0; i < values.size(); ++i)
      out.set(static_cast<std::int64_t>(i), values[i]);
    return out;
  } else {
    return Tensor::of(std::vector<std::int64_t>(values.begin(), values.end()), std::move(dims))
        .cast(dtype);
  }
}

/// Calls f with a zero of the type in which `dtype` accumulates: double or std::uint64_t.
template <class F>
auto with_wide(DType dtype, F&& f) {
  return ir::is_floating(dtype) ? f(double{0}) : f(std::uint64_t{0});
}

}  // namespace corecast::op
