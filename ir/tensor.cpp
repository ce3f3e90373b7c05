#include "ir/tensor.h"

#include <algorithm>
#include <bit>

#include "base/strings.h"
#include "ir/element_codec.h"

namespace corecast::ir {

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
