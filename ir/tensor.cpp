#include "ir/tensor.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/strings.h"

namespace corecast::ir {

// --- element access --------------------------------------------------------------------------

namespace {

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

std::uint32_t load_packed(const std::byte* p, std::int64_t i, int bits) {
  std::uint32_t v = 0;
  const std::int64_t first = i * bits;
  for (int b = 0; b < bits; ++b) {
    const std::int64_t at = first + b;
    v |= ((std::to_integer<std::uint32_t>(p[at / 8]) >> (at % 8)) & 1u) << b;
  }
  return v;
}
void store_packed(std::byte* p, std::int64_t i, int bits, std::uint32_t v) {
  for (int b = 0; b < bits; ++b) {
    const std::int64_t at = i * bits + b;
    const auto mask = static_cast<std::byte>(1u << (at % 8));
    p[at / 8] = ((v >> b) & 1u) ? p[at / 8] | mask : p[at / 8] & ~mask;
  }
}

std::int64_t load_int(const std::byte* p, DType d, std::int64_t i) {
  switch (d) {
    case DType::boolean: return load<std::uint8_t>(p, i) != 0;
    case DType::i8: return load<std::int8_t>(p, i);
    case DType::i16: return load<std::int16_t>(p, i);
    case DType::i32: return load<std::int32_t>(p, i);
    case DType::i64: return load<std::int64_t>(p, i);
    case DType::u8: return load<std::uint8_t>(p, i);
    case DType::u16: return load<std::uint16_t>(p, i);
    case DType::u32: return load<std::uint32_t>(p, i);
    case DType::u64: {
      const auto v = load<std::uint64_t>(p, i);
      return v > static_cast<std::uint64_t>(INT64_MAX) ? INT64_MAX : static_cast<std::int64_t>(v);
    }
    default: break;
  }
  CC_CHECK(is_integer(d), "not an integer element type");
  const int bits = bits_of(d);
  const auto v = static_cast<std::int64_t>(load_packed(p, i, bits));
  return is_signed(d) && (v >> (bits - 1)) ? v - (std::int64_t{1} << bits) : v;
}

double load_number(const std::byte* p, DType d, std::int64_t i) {
  switch (d) {
    case DType::f32: return static_cast<double>(load<float>(p, i));
    case DType::f64: return load<double>(p, i);
    case DType::f16: return static_cast<double>(to_float(load<half>(p, i)));
    case DType::bf16: return static_cast<double>(to_float(load<bfloat>(p, i)));
    case DType::f8e4m3: return static_cast<double>(f8e4m3_to_float(load<std::uint8_t>(p, i)));
    case DType::f8e5m2: return static_cast<double>(f8e5m2_to_float(load<std::uint8_t>(p, i)));
    case DType::f8e8m0: return static_cast<double>(f8e8m0_to_float(load<std::uint8_t>(p, i)));
    case DType::f4e2m1:
      return static_cast<double>(f4e2m1_to_float(static_cast<std::uint8_t>(load_packed(p, i, 4))));
    case DType::u64: return static_cast<double>(load<std::uint64_t>(p, i));
    default: return static_cast<double>(load_int(p, d, i));
  }
}

void store_int(std::byte* p, DType d, std::int64_t i, std::int64_t v) {
  switch (bits_of(d)) {
    case 8:
      return store(
          p, i,
          d == DType::boolean ? static_cast<std::uint8_t>(v != 0) : static_cast<std::uint8_t>(v));
    case 16: return store(p, i, static_cast<std::uint16_t>(v));
    case 32: return store(p, i, static_cast<std::uint32_t>(v));
    case 64: return store(p, i, static_cast<std::uint64_t>(v));
    default: return store_packed(p, i, bits_of(d), static_cast<std::uint32_t>(v));
  }
}

// Nearest code of a small float format by search; ties go to the even code.
template <class Decode>
std::uint8_t nearest_code(double v, int codes, Decode decode) {
  std::uint8_t best = 0;
  double best_error = std::numeric_limits<double>::infinity();
  for (int c = 0; c < codes; ++c) {
    const double x = static_cast<double>(decode(static_cast<std::uint8_t>(c)));
    if (std::isnan(x) || (std::isinf(x) && !std::isinf(v))) {
      if (std::isnan(v) && std::isnan(x)) return static_cast<std::uint8_t>(c);
      continue;
    }
    const double error = x == v ? 0.0 : std::fabs(x - v);
    const bool sign_ok = std::signbit(x) == std::signbit(v);
    if (error < best_error || (error == best_error && (sign_ok && c % 2 == 0))) {
      best_error = error;
      best = static_cast<std::uint8_t>(c);
    }
  }
  return best;
}

std::int64_t saturate(double v, DType d) {
  if (std::isnan(v)) return 0;
  const auto lo = min_of(d), hi = max_of(d);
  if (v <= static_cast<double>(lo)) return lo;
  if (v >= static_cast<double>(hi)) return hi;
  return static_cast<std::int64_t>(v);
}

void store_number(std::byte* p, DType d, std::int64_t i, double v) {
  switch (d) {
    case DType::f32: return store(p, i, static_cast<float>(v));
    case DType::f64: return store(p, i, v);
    case DType::f16: return store(p, i, to_half(v));
    case DType::bf16: return store(p, i, to_bfloat(static_cast<float>(v)));
    case DType::f8e4m3: return store(p, i, nearest_code(v, 256, f8e4m3_to_float));
    case DType::f8e5m2: return store(p, i, nearest_code(v, 256, f8e5m2_to_float));
    case DType::f8e8m0: return store(p, i, nearest_code(v, 256, f8e8m0_to_float));
    case DType::f4e2m1: return store_packed(p, i, 4, nearest_code(v, 16, f4e2m1_to_float));
    case DType::boolean: return store(p, i, static_cast<std::uint8_t>(v != 0));
    case DType::u64:
      return store(p, i,
                   !(v > 0)      ? std::uint64_t{0}
                   : v >= 0x1p64 ? UINT64_MAX
                                 : static_cast<std::uint64_t>(v));
    default: return store_int(p, d, i, saturate(v, d));
  }
}

// Converts elements [first, first + count) of `from` into packed `out`.
#if defined(__x86_64__)
/// As to_half, eight at a time; needs AVX2, and with it F16C. The number of elements that it did.
__attribute__((target("avx2,f16c"))) std::int64_t to_halves(const std::byte* from, std::byte* to,
                                                            std::int64_t count) {
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256 v = _mm256_loadu_ps(reinterpret_cast<const float*>(from + i * 4));
    const __m128i h = _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i * 2), h);
  }
  return i;
}
#endif

void convert(const std::byte* from, DType source, std::int64_t first, std::byte* out, DType to,
             std::int64_t out_first, std::int64_t count) {
  const bool integers = !is_floating(source) && !is_floating(to) && to != DType::boolean;
  if (source == DType::f32 && to == DType::f16) {
    std::int64_t i = 0;
#if defined(__x86_64__)
    // Streaming weights spends its time here.
    static const bool fast = __builtin_cpu_supports("avx2");
    if (fast) i = to_halves(from + first * 4, out + out_first * 2, count);
#endif
    for (; i < count; ++i) store(out, out_first + i, to_half(load<float>(from, first + i)));
  } else if (source == DType::f16 && to == DType::f32) {
    for (std::int64_t i = 0; i < count; ++i)
      store(out, out_first + i, to_float(load<half>(from, first + i)));
  } else if (integers) {
    for (std::int64_t i = 0; i < count; ++i)
      store_int(out, to, out_first + i, load_int(from, source, first + i));
  } else {
    for (std::int64_t i = 0; i < count; ++i)
      store_number(out, to, out_first + i, load_number(from, source, first + i));
  }
}

}  // namespace

std::optional<std::int64_t> element_count(const std::vector<std::int64_t>& dims) {
  std::int64_t n = 1;
  bool zero = false;
  for (const auto d : dims) {
    if (d < 0) return std::nullopt;
    if (d == 0)
      zero = true;
    else if (__builtin_mul_overflow(n, d, &n))
      return std::nullopt;
  }
  return zero ? 0 : n;
}

Tensor::Tensor(DType dtype, std::vector<std::int64_t> dims, std::shared_ptr<const Buffer> buffer)
    : dtype_(dtype), dims_(std::move(dims)), buffer_(std::move(buffer)) {
  const auto n = element_count(dims_);
  CC_CHECK(n.has_value(), "tensor size overflows");
  count_ = *n;
  const auto need = packed_bytes(dtype_, count_);
  CC_CHECK(need && buffer_ && buffer_->size() == *need, "buffer does not fit the tensor");
}

Tensor Tensor::empty(DType dtype, std::vector<std::int64_t> dims) {
  const auto n = element_count(dims);
  CC_CHECK(n.has_value(), "tensor size overflows");
  const auto size = packed_bytes(dtype, *n);
  CC_CHECK(size.has_value(), "tensor size overflows");
  return Tensor(dtype, std::move(dims), std::make_shared<OwnedBuffer>(*size, is_sub_byte(dtype)));
}

Tensor Tensor::zeros(DType dtype, std::vector<std::int64_t> dims) {
  Tensor t = empty(dtype, std::move(dims));
  if (t.byte_size()) std::memset(t.mutable_bytes(), 0, t.byte_size());
  return t;
}

Tensor Tensor::splat(DType dtype, std::vector<std::int64_t> dims, double value) {
  Tensor t = empty(dtype, std::move(dims));
  for (std::int64_t i = 0; i < t.count(); ++i) t.set(i, value);
  return t;
}

Tensor Tensor::from_bytes(DType dtype, std::vector<std::int64_t> dims, ByteView bytes) {
  Tensor t = empty(dtype, std::move(dims));
  CC_CHECK(t.byte_size() == bytes.size(), "bytes and dims disagree");
  if (!bytes.empty()) std::memcpy(t.mutable_bytes(), bytes.data(), bytes.size());
  return t;
}

Tensor Tensor::strings(std::vector<std::string> values, std::vector<std::int64_t> dims) {
  Tensor t;
  const auto n = element_count(dims);
  CC_CHECK(n && *n == static_cast<std::int64_t>(values.size()), "strings and dims disagree");
  t.dtype_ = DType::string;
  t.dims_ = std::move(dims);
  t.count_ = *n;
  t.strings_ = std::make_shared<const std::vector<std::string>>(std::move(values));
  return t;
}

void* Tensor::mutable_bytes() {
  CC_CHECK(buffer_ && buffer_.use_count() == 1, "only an unshared tensor may be written");
  const auto* owned = dynamic_cast<const OwnedBuffer*>(buffer_.get());
  CC_CHECK(owned != nullptr, "only an owned tensor may be written");
  return const_cast<OwnedBuffer*>(owned)->mutable_bytes();
}

const void* Tensor::aligned(std::size_t alignment) const {
  const ByteView raw = bytes();
  if (raw.empty() || reinterpret_cast<std::uintptr_t>(raw.data()) % alignment == 0)
    return raw.data();
  static std::mutex mutex;  // misaligned tensors are rare, and copied once each
  const std::lock_guard lock(mutex);
  if (!aligned_copy_) {
    auto copy = std::make_shared<OwnedBuffer>(raw.size(), false);
    std::memcpy(copy->mutable_bytes(), raw.data(), raw.size());
    aligned_copy_ = std::move(copy);
  }
  return aligned_copy_->bytes().data();
}

double Tensor::at(std::int64_t i) const {
  CC_CHECK(i >= 0 && i < count_, "element index out of range");
  return load_number(bytes().data(), dtype_, i);
}

std::int64_t Tensor::at_int(std::int64_t i) const {
  CC_CHECK(i >= 0 && i < count_, "element index out of range");
  return load_int(bytes().data(), dtype_, i);
}

void Tensor::set(std::int64_t i, double value) {
  CC_CHECK(i >= 0 && i < count_, "element index out of range");
  store_number(static_cast<std::byte*>(mutable_bytes()), dtype_, i, value);
}

void Tensor::set_int(std::int64_t i, std::int64_t value) {
  CC_CHECK(i >= 0 && i < count_, "element index out of range");
  auto* p = static_cast<std::byte*>(mutable_bytes());
  if (is_floating(dtype_)) {
    store_number(p, dtype_, i, static_cast<double>(value));
  } else if (dtype_ == DType::boolean) {
    store(p, i, static_cast<std::uint8_t>(value != 0));
  } else {
    store_int(p, dtype_, i, std::clamp(value, min_of(dtype_), max_of(dtype_)));
  }
}

std::vector<std::int64_t> Tensor::to_ints() const {
  std::vector<std::int64_t> out(static_cast<std::size_t>(count_));
  const ByteView raw = bytes();
  for (std::int64_t i = 0; i < count_; ++i)
    out[static_cast<std::size_t>(i)] = load_int(raw.data(), dtype_, i);
  return out;
}

std::vector<double> Tensor::to_doubles() const {
  std::vector<double> out(static_cast<std::size_t>(count_));
  const ByteView raw = bytes();
  for (std::int64_t i = 0; i < count_; ++i)
    out[static_cast<std::size_t>(i)] = load_number(raw.data(), dtype_, i);
  return out;
}

Tensor Tensor::reshaped(std::vector<std::int64_t> dims) const {
  const auto n = element_count(dims);
  CC_CHECK(n && *n == count_, "reshaped to another number of elements");
  Tensor t = *this;
  t.dims_ = std::move(dims);
  return t;
}

Tensor Tensor::cast(DType to) const {
  if (to == dtype_) return *this;
  CC_CHECK(to != DType::string && dtype_ != DType::string, "strings do not convert");
  Tensor out = empty(to, dims_);
  convert(bytes().data(), dtype_, 0, static_cast<std::byte*>(out.mutable_bytes()), to, 0, count_);
  return out;
}

Tensor Tensor::lazy_cast(DType to) const {
  if (to == dtype_) return *this;
  if (is_sub_byte(to) || is_sub_byte(dtype_) || !buffer_) return cast(to);
  const auto to_size = static_cast<std::size_t>(bits_of(to) / 8);
  const auto from_size = static_cast<std::size_t>(bits_of(dtype_) / 8);
  auto produce = [source = buffer_, from = dtype_, to, to_size, from_size](
                     std::size_t offset, std::span<std::byte> out) {
    CC_CHECK(offset % to_size == 0 && out.size() % to_size == 0, "tiles must hold whole elements");
    const std::size_t first = offset / to_size, count = out.size() / to_size;
    if (count == 0) return source->read(first * from_size, {});
    // Of a size for the second-level cache: a source that is itself a view, a transpose say, is
    // read in wide rows.
    constexpr std::size_t tile = 1 << 17;
    const auto buffer =
        std::make_unique_for_overwrite<std::byte[]>(std::min(tile, count) * from_size);
    for (std::size_t done = 0; done < count; done += tile) {
      const std::size_t n = std::min(tile, count - done);
      source->read((first + done) * from_size, {buffer.get(), n * from_size});
      convert(buffer.get(), from, 0, out.data(), to, static_cast<std::int64_t>(done),
              static_cast<std::int64_t>(n));
    }
  };
  auto lazy =
      std::make_shared<LazyBuffer>(static_cast<std::size_t>(count_) * to_size, std::move(produce));
  return Tensor(to, dims_, std::move(lazy));
}

bool Tensor::identical(const Tensor& o) const {
  if (dtype_ != o.dtype_ || dims_ != o.dims_) return false;
  if (dtype_ == DType::string) return *strings_ == *o.strings_;
  if (buffer_ == o.buffer_) return true;
  // Tile by tile: lazy buffers stay lazy, and what is mapped leaves memory again.
  std::vector<std::byte> a(std::min<std::size_t>(byte_size(), 1 << 18)), b(a.size());
  for (std::size_t done = 0; done < byte_size(); done += a.size()) {
    const std::size_t n = std::min(a.size(), byte_size() - done);
    buffer_->read(done, std::span(a).first(n));
    o.buffer_->read(done, std::span(b).first(n));
    if (std::memcmp(a.data(), b.data(), n) != 0) return false;
  }
  return true;
}

std::uint64_t Tensor::hash() const {
  // Multiply-and-rotate over 8-byte words, tile by tile so that lazy buffers stay lazy.
  std::uint64_t h = 0x9e3779b97f4a7c15u ^ static_cast<std::uint64_t>(dtype_);
  const auto mix = [&h](std::uint64_t word) {
    h = std::rotl((h ^ word) * 0xff51afd7ed558ccdu, 31) * 0xc4ceb9fe1a85ec53u;
  };
  for (const auto d : dims_) mix(static_cast<std::uint64_t>(d));
  if (dtype_ == DType::string) {
    for (const auto& s : *strings_) {
      for (const char c : s) mix(static_cast<unsigned char>(c));
      mix(s.size());
    }
    return h;
  }
  std::vector<std::byte> tile(std::min<std::size_t>(byte_size(), 1 << 16));
  for (std::size_t done = 0; done < byte_size(); done += tile.size()) {
    const std::size_t n = std::min(tile.size(), byte_size() - done);
    buffer_->read(done, std::span(tile).first(n));
    std::size_t i = 0;
    for (; i + 8 <= n; i += 8) mix(load<std::uint64_t>(tile.data() + i, 0));
    std::uint64_t rest = 0;
    if (i < n) std::memcpy(&rest, tile.data() + i, n - i);
    mix(rest ^ n);
  }
  return h;
}

}  // namespace corecast::ir
