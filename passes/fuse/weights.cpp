#include "passes/fuse/weights.h"

#include <cmath>
#include <cstring>

namespace corecast::passes::fuse {
namespace {

constexpr std::size_t kLarge = 1 << 20;  // bytes

/// Bytes [offset, offset + out.size()) of `whole`, which holds everything from byte 0 on.
using Produce = ir::LazyBuffer::Produce;

Tensor made(ir::DType dtype, std::vector<std::int64_t> dims, std::size_t bytes, Produce produce) {
  auto lazy = std::make_shared<ir::LazyBuffer>(bytes, std::move(produce));
  if (bytes >= kLarge) return Tensor(dtype, std::move(dims), std::move(lazy));
  return Tensor::from_bytes(dtype, std::move(dims), lazy->bytes());
}

template <class T>
T rounded(double v) {
  if constexpr (std::is_same_v<T, float>)
    return static_cast<float>(v);
  else
    return ir::to_half(static_cast<float>(v));
}
template <class T>
double widened(T v) {
  if constexpr (std::is_same_v<T, float>)
    return static_cast<double>(v);
  else
    return static_cast<double>(ir::to_float(v));
}

template <class T>
Tensor scaled_as(const Tensor& t, std::vector<double> factors, std::int64_t inner) {
  auto produce = [source = t.buffer(), factors = std::move(factors),
                  inner = static_cast<std::size_t>(inner)](std::size_t offset,
                                                           std::span<std::byte> out) {
    CC_CHECK(offset % sizeof(T) == 0 && out.size() % sizeof(T) == 0,
             "tiles must hold whole elements");
    source->read(offset, out);
    const std::size_t first = offset / sizeof(T), count = out.size() / sizeof(T);
    for (std::size_t i = 0; i < count; ++i) {
      T v;
      std::memcpy(&v, out.data() + i * sizeof(T), sizeof(T));
      v = rounded<T>(widened(v) * factors[(first + i) / inner % factors.size()]);
      std::memcpy(out.data() + i * sizeof(T), &v, sizeof(T));
    }
  };
  return made(t.dtype(), t.dims(), t.byte_size(), std::move(produce));
}

/// Writes elements [first, end) of the transpose of the matrix [rows, columns]. Element i stands in
/// row i / rows of the result, which is a column of the source; a few such rows are filled side by
/// side, so that every part of the source is fetched once.
template <class T>
void transpose_part(const std::byte* from, std::size_t rows, std::size_t columns, std::size_t first,
                    std::size_t end, std::byte* to) {
  constexpr std::size_t side = 16;
  const auto move = [&](std::size_t row, std::size_t k) {
    std::memcpy(to + (row * rows + k - first) * sizeof(T), from + (k * columns + row) * sizeof(T),
                sizeof(T));
  };
  for (std::size_t row = first / rows; row * rows < end; row += side) {
    const std::size_t last = std::min(row + side, columns);
    const bool whole = row * rows >= first && last * rows <= end;
    for (std::size_t k = 0; k < rows; ++k) {
      for (std::size_t r = row; r < last; ++r) {
        if (whole || (r * rows + k >= first && r * rows + k < end)) move(r, k);
      }
    }
  }
}

template <class T>
Tensor transposed_as(const Tensor& t) {
  const auto rows = static_cast<std::size_t>(t.dims()[0]),
             columns = static_cast<std::size_t>(t.dims()[1]);
  auto produce = [source = t.buffer(), rows, columns](std::size_t offset,
                                                      std::span<std::byte> out) {
    CC_CHECK(offset % sizeof(T) == 0 && out.size() % sizeof(T) == 0,
             "tiles must hold whole elements");
    if (out.empty()) return;
    const std::size_t first = offset / sizeof(T), end = first + out.size() / sizeof(T);
    transpose_part<T>(source->bytes().data(), rows, columns, first, end, out.data());
    // Reading up to its end is how a mapped source learns that it may leave memory.
    if (end == rows * columns) source->read(source->size(), {});
  };
  return made(t.dtype(), {t.dims()[1], t.dims()[0]}, t.byte_size(), std::move(produce));
}

}  // namespace

Tensor scaled(const Tensor& t, std::vector<double> factors, std::int64_t inner) {
  CC_CHECK(t.dtype() == ir::DType::f32 || t.dtype() == ir::DType::f16, "only floats are scaled");
  return t.dtype() == ir::DType::f32 ? scaled_as<float>(t, std::move(factors), inner)
                                     : scaled_as<ir::half>(t, std::move(factors), inner);
}

Tensor transposed(const Tensor& t) {
  CC_CHECK(t.rank() == 2, "a matrix is transposed");
  switch (ir::bits_of(t.dtype())) {
    case 8: return transposed_as<std::uint8_t>(t);
    case 16: return transposed_as<std::uint16_t>(t);
    case 32: return transposed_as<std::uint32_t>(t);
    case 64: return transposed_as<std::uint64_t>(t);
    default: CC_UNREACHABLE("elements are whole bytes");
  }
}

std::optional<std::vector<double>> per_channel(const Match& m, ValueId v, std::int64_t rank,
                                               std::int64_t axis, std::int64_t channels) {
  const Tensor* t = m.constant(v);
  if (!t || t->rank() > rank || (t->dtype() != ir::DType::f32 && t->dtype() != ir::DType::f16))
    return std::nullopt;
  const std::int64_t missing = rank - t->rank();
  for (std::int64_t d = 0; d < t->rank(); ++d) {
    const std::int64_t size = t->dims()[static_cast<std::size_t>(d)];
    if (size != 1 && (d + missing != axis || size != channels)) return std::nullopt;
  }
  std::vector<double> out = t->to_doubles();
  if (out.size() == 1) out.assign(static_cast<std::size_t>(channels), out[0]);
  return out;
}

Tensor vector_of(ir::DType dtype, const std::vector<double>& values) {
  Tensor t = Tensor::empty(dtype, {static_cast<std::int64_t>(values.size())});
  for (std::size_t i = 0; i < values.size(); ++i) t.set(static_cast<std::int64_t>(i), values[i]);
  return t;
}

bool representable(ir::DType dtype, const std::vector<double>& values) {
  const double limit = dtype == ir::DType::f16 ? 65504 : 3.4e38;
  for (const double v : values) {
    if (!(std::fabs(v) <= limit)) return false;
  }
  return true;
}

}  // namespace corecast::passes::fuse
