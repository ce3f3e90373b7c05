// Elements as they lie in memory, of every dtype. For ir/tensor.cpp only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "ir/dtype.h"

namespace corecast::ir {

/// Element i at p, of any alignment.
template <class T>
T load(const std::byte* p, std::int64_t i) {
  T v;
  std::memcpy(&v, p + static_cast<std::size_t>(i) * sizeof(T), sizeof(T));
  return v;
}
template <class T>
void store(std::byte* p, std::int64_t i, T v) {
  std::memcpy(p + static_cast<std::size_t>(i) * sizeof(T), &v, sizeof(T));
}

/// As Tensor::at_int and at.
std::int64_t load_int(const std::byte* p, DType d, std::int64_t i);
double load_number(const std::byte* p, DType d, std::int64_t i);
/// As Tensor::set; store_int keeps the lowest bits of what does not fit.
void store_int(std::byte* p, DType d, std::int64_t i, std::int64_t v);
void store_number(std::byte* p, DType d, std::int64_t i, double v);

/// Converts `count` elements, from number `first` of `from` to number `out_first` of `out`, as
/// Tensor::cast.
void convert(const std::byte* from, DType source, std::int64_t first, std::byte* out, DType to,
             std::int64_t out_first, std::int64_t count);

}  // namespace corecast::ir
