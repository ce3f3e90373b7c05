#include "passes/fuse/weights.h"

#include <cmath>
#include <cstring>

#include "passes/fuse/transpose.h"

namespace corecast::passes::fuse {
namespace {

constexpr std::size_t kLarge = 1 << 20;  // bytes

Tensor made(ir::DType dtype, std::vector<std::int64_t> dims,
            std::shared_ptr<const ir::Buffer> buffer) {
  if (buffer->size() >= kLarge) return Tensor(dtype, std::move(dims), std::move(buffer));
  return Tensor::from_bytes(dtype, std::move(dims), buffer->bytes());
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
  return made(t.dtype(), t.dims(),
              std::make_shared<ir::LazyBuffer>(t.byte_size(), std::move(produce)));
}

/// The transpose of a matrix, made while it is read.
class TransposedBuffer final : public ir::Buffer {
 public:
  TransposedBuffer(std::shared_ptr<const ir::Buffer> source, std::size_t rows, std::size_t columns,
                   std::size_t element_size)
      : source_(source), view_(source->size(), [=](std::size_t offset, std::span<std::byte> out) {
          CC_CHECK(offset % element_size == 0, "tiles must hold whole elements");
          transpose_part({source->bytes(), rows, columns, element_size}, offset / element_size,
                         out);
          // Reading up to its end is how a mapped source learns that it may leave memory.
          if (offset + out.size() == source->size()) source->read(source->size(), {});
        }) {}
  std::size_t size() const override { return view_.size(); }
  ByteView bytes() const override { return view_.bytes(); }
  void read(std::size_t offset, std::span<std::byte> out) const override {
    view_.read(offset, out);
  }
  const std::shared_ptr<const ir::Buffer>& source() const { return source_; }

 private:
  std::shared_ptr<const ir::Buffer> source_;
  ir::LazyBuffer view_;
};

}  // namespace

Tensor scaled(const Tensor& t, std::vector<double> factors, std::int64_t inner) {
  CC_CHECK(t.dtype() == ir::DType::f32 || t.dtype() == ir::DType::f16, "only floats are scaled");
  return t.dtype() == ir::DType::f32 ? scaled_as<float>(t, std::move(factors), inner)
                                     : scaled_as<ir::half>(t, std::move(factors), inner);
}

Tensor transposed(const Tensor& t) {
  CC_CHECK(t.rank() == 2, "a matrix is transposed");
  const int bits = ir::bits_of(t.dtype());
  CC_CHECK(bits % 8 == 0, "elements are whole bytes");
  return made(t.dtype(), {t.dims()[1], t.dims()[0]},
              std::make_shared<TransposedBuffer>(t.buffer(), static_cast<std::size_t>(t.dims()[0]),
                                                 static_cast<std::size_t>(t.dims()[1]),
                                                 static_cast<std::size_t>(bits / 8)));
}

std::shared_ptr<const ir::Buffer> in_any_order(const Tensor& t) {
  std::shared_ptr<const ir::Buffer> b = t.buffer();
  while (const auto* view = dynamic_cast<const TransposedBuffer*>(b.get())) b = view->source();
  return b;
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

ValueId named_as(Match& m, ValueId source, Tensor derived) {
  return m.builder().constant(std::move(derived), m.function().value(source).name);
}

}  // namespace corecast::passes::fuse
