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

}  // namespace

Tensor scaled(const Tensor& t, std::vector<double> factors, std::int64_t inner) {
  CC_CHECK(t.dtype() == ir::DType::f32 || t.dtype() == ir::DType::f16, "only floats are scaled");
  return t.dtype() == ir::DType::f32 ? scaled_as<float>(t, std::move(factors), inner)
                                     : scaled_as<ir::half>(t, std::move(factors), inner);
}

Tensor transposed(const Tensor& t) {
  CC_CHECK(t.rank() == 2 && ir::bits_of(t.dtype()) % 8 == 0, "a matrix of whole bytes");
  const auto rows = static_cast<std::size_t>(t.dims()[0]),
             columns = static_cast<std::size_t>(t.dims()[1]);
  const auto size = static_cast<std::size_t>(ir::bits_of(t.dtype()) / 8);
  auto produce = [source = t.buffer(), rows, columns, size](std::size_t offset,
                                                            std::span<std::byte> out) {
    CC_CHECK(offset % size == 0 && out.size() % size == 0, "tiles must hold whole elements");
    const ByteView from = source->bytes();
    // Element i of the result stands in its row i / rows, which is a column of the source. A few
    // such rows are filled side by side, so that every part of the source is fetched once.
    constexpr std::size_t side = 16;
    const std::size_t first = offset / size, end = first + out.size() / size;
    for (std::size_t row = first / rows; row * rows < end; row += side) {
      for (std::size_t k = 0; k < rows; ++k) {
        for (std::size_t r = row; r < std::min(row + side, columns); ++r) {
          const std::size_t i = r * rows + k;
          if (i < first || i >= end) continue;
          std::memcpy(out.data() + (i - first) * size, from.data() + (k * columns + r) * size,
                      size);
        }
      }
    }
    // Reading up to its end is how a mapped source learns that it may leave memory.
    if (end == rows * columns) source->read(source->size(), {});
  };
  return made(t.dtype(), {t.dims()[1], t.dims()[0]}, t.byte_size(), std::move(produce));
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
