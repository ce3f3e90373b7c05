// Element loops of the rooms' reference evaluations: floats are computed in double and rounded
// once, integers in their own type with two's complement wrap-around. For the .cpp files of rooms.
#pragma once

#include <cmath>
#include <type_traits>

#include "ops/detail/common.h"

namespace corecast::op {

/// Calls f with a value of the C++ type of an integer dtype of 8 to 64 bits: with_int(d, [&](auto
/// t) { using T = decltype(t); ... }).
template <class F>
decltype(auto) with_int(DType dtype, F&& f) {
  switch (dtype) {
    case DType::i8: return f(std::int8_t{});
    case DType::i16: return f(std::int16_t{});
    case DType::i32: return f(std::int32_t{});
    case DType::i64: return f(std::int64_t{});
    case DType::u8: return f(std::uint8_t{});
    case DType::u16: return f(std::uint16_t{});
    case DType::u32: return f(std::uint32_t{});
    case DType::u64: return f(std::uint64_t{});
    default: CC_UNREACHABLE("not an integer dtype of 8 to 64 bits");
  }
}

/// The low bits of `bits` as T: what two's complement arithmetic leaves.
template <class T>
T wrapped(std::uint64_t bits) {
  return static_cast<T>(bits);
}
/// An integer's bits, sign-extended, for arithmetic modulo 2^64.
template <class T>
std::uint64_t bits_of_int(T v) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(v));
}

/// `value` rounded to `dtype`, as a MIL parameter of that type is.
inline double rounded_to(DType dtype, double value) {
  return ir::is_floating(dtype) ? Tensor::splat(dtype, {}, value).at(0) : value;
}

/// Elementwise f over x into the result's type. f takes and returns a double, or the integer type;
/// what only takes doubles sees integers as such, and integer results truncate.
template <class F>
Tensor map_elements(const Tensor& x, EvalContext& c, const F& f) {
  Tensor out = c.output();
  if constexpr (std::is_same_v<std::invoke_result_t<F, std::int32_t>, std::int32_t>) {
    if (ir::is_integer(x.dtype())) {
      with_int(x.dtype(), [&](auto t) {
        using T = decltype(t);
        const auto in = x.data<T>();
        auto to = out.mutable_data<T>();
        for (std::size_t i = 0; i < in.size(); ++i) to[i] = static_cast<T>(f(in[i]));
      });
      return out;
    }
  }
  for (std::int64_t i = 0; i < x.count(); ++i) out.set(i, static_cast<double>(f(x.at(i))));
  return out;
}

/// Calls visit(i, i of a, i of b) for every element of `dims`, to which a and b broadcast.
template <class Visit>
void for_each_broadcast(const std::vector<std::int64_t>& dims, const std::vector<std::int64_t>& a,
                        const std::vector<std::int64_t>& b, const Visit& visit) {
  const auto sa = broadcast_strides(a, dims);
  const auto sb = broadcast_strides(b, dims);
  std::int64_t i = 0;
  for_each_index(dims, [&](const auto& index) { visit(i++, dot(index, sa), dot(index, sb)); });
}

/// Where axis `axis` of `dims` is walked: element (o, k, i) is at (o * length + k) * inner + i.
struct AxisSplit {
  std::int64_t outer = 1, length = 1, inner = 1;
  std::int64_t at(std::int64_t o, std::int64_t k, std::int64_t i) const {
    return (o * length + k) * inner + i;
  }
};
inline AxisSplit split_at(const std::vector<std::int64_t>& dims, std::int64_t axis) {
  AxisSplit s;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    (at < axis ? s.outer : at == axis ? s.length : s.inner) *= dims[i];
  }
  return s;
}

/// Elements of v as symbolic integers: known ones, or those of a small constant whose floats are
/// whole. Shape arithmetic passes through floats in exported resize sizes.
std::optional<Dims> known_elements(ValueId v, const InferContext& c);

/// Applies f(Dim, Dim) -> std::optional<Dim> to the elements of x and y as broadcasting pairs them.
std::optional<Dims> known_pairs(ValueId x, ValueId y, const InferContext& c,
                                std::optional<Dim> (*f)(const Dim&, const Dim&));

}  // namespace corecast::op
