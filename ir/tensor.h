// Tensor: an immutable n-dimensional constant over a shared Buffer. Row-major, packed.
//
// A Buffer is owned memory, a part of a mapped file, or produced on demand; copies of a Tensor
// share it. Weights stay mapped from the input until a pass reads them tile by tile with read().
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/mapped_file.h"
#include "base/memory.h"
#include "base/result.h"
#include "ir/dtype.h"
#include "ir/float16.h"

namespace corecast::ir {

/// Bytes of a constant. Thread-safe for readers.
class Buffer {
 public:
  virtual ~Buffer() = default;
  virtual std::size_t size() const = 0;
  /// All bytes at once; may materialise them (and then keeps them).
  virtual ByteView bytes() const = 0;
  /// Copies [offset, offset + out.size()) without materialising the rest.
  virtual void read(std::size_t offset, std::span<std::byte> out) const;
};

/// Memory of its own (base/memory.h).
class OwnedBuffer final : public Buffer {
 public:
  explicit OwnedBuffer(std::size_t size, bool zeroed = true)
      : data_(allocate(size, zeroed)), size_(size) {}
  std::size_t size() const override { return size_; }
  ByteView bytes() const override { return {data_.get(), size_}; }
  std::byte* mutable_bytes() { return data_.get(); }

 private:
  Memory data_;
  std::size_t size_;
};

/// A part of a mapped file; keeps the mapping alive.
class MappedBuffer final : public Buffer {
 public:
  MappedBuffer(std::shared_ptr<const MappedFile> file, ByteView part)
      : file_(std::move(file)), part_(part) {}
  std::size_t size() const override { return part_.size(); }
  ByteView bytes() const override { return part_; }
  /// Lets go of what has been read, some megabytes at a time: a reader that goes through the whole
  /// part leaves nothing behind in memory.
  void read(std::size_t offset, std::span<std::byte> out) const override;

 private:
  std::shared_ptr<const MappedFile> file_;
  ByteView part_;
};

/// Produced on demand by `produce(offset, out)`, which must be pure and thread-safe.
class LazyBuffer final : public Buffer {
 public:
  using Produce = std::function<void(std::size_t offset, std::span<std::byte> out)>;
  LazyBuffer(std::size_t size, Produce produce);
  ~LazyBuffer() override;
  std::size_t size() const override { return size_; }
  ByteView bytes() const override;
  void read(std::size_t offset, std::span<std::byte> out) const override { produce_(offset, out); }

 private:
  std::size_t size_;
  Produce produce_;
  struct Cache;
  std::unique_ptr<Cache> cache_;
};

/// The DType of a C++ element type.
template <class T>
constexpr DType dtype_of();

class Tensor {
 public:
  Tensor() = default;  ///< an empty f32 tensor of shape [0]
  /// CHECKs that the buffer has exactly the bytes that dtype and dims need.
  Tensor(DType dtype, std::vector<std::int64_t> dims, std::shared_ptr<const Buffer> buffer);

  /// Zero-filled. CHECKs that the size does not overflow.
  static Tensor zeros(DType dtype, std::vector<std::int64_t> dims);
  /// Uninitialised; fill through mutable_data() before sharing.
  static Tensor empty(DType dtype, std::vector<std::int64_t> dims);
  /// Copies `values`; dims default to one dimension.
  template <class T>
  static Tensor of(const std::vector<T>& values, std::vector<std::int64_t> dims);
  template <class T>
  static Tensor of(const std::vector<T>& values) {
    return of(values, {static_cast<std::int64_t>(values.size())});
  }
  template <class T>
  static Tensor scalar(T value) {
    return of(std::vector<T>{value}, {});
  }
  /// All elements equal to `value`, converted to `dtype` (range-checked for integers).
  static Tensor splat(DType dtype, std::vector<std::int64_t> dims, double value);
  static Tensor from_bytes(DType dtype, std::vector<std::int64_t> dims, ByteView bytes);
  static Tensor strings(std::vector<std::string> values, std::vector<std::int64_t> dims);

  DType dtype() const { return dtype_; }
  const std::vector<std::int64_t>& dims() const { return dims_; }
  std::int64_t rank() const { return static_cast<std::int64_t>(dims_.size()); }
  std::int64_t count() const { return count_; }
  std::size_t byte_size() const { return buffer_ ? buffer_->size() : 0; }
  const std::shared_ptr<const Buffer>& buffer() const { return buffer_; }
  const std::vector<std::string>& string_values() const { return *strings_; }

  /// Raw bytes, any alignment. May materialise a lazy buffer: prefer read() for large tensors.
  ByteView bytes() const { return buffer_ ? buffer_->bytes() : ByteView{}; }
  /// Copies bytes [offset, offset + out.size()) tile by tile.
  void read(std::size_t offset, std::span<std::byte> out) const { buffer_->read(offset, out); }

  /// Typed, aligned elements; CHECKs the dtype. A misaligned mapped tensor is copied once.
  template <class T>
  std::span<const T> data() const {
    CC_CHECK(dtype_of<T>() == dtype_, "tensor element type mismatch");
    return {static_cast<const T*>(aligned(alignof(T))), static_cast<std::size_t>(count_)};
  }
  /// Only for a tensor made by zeros() or empty() and not shared yet.
  template <class T>
  std::span<T> mutable_data() {
    CC_CHECK(dtype_of<T>() == dtype_, "tensor element type mismatch");
    return {static_cast<T*>(mutable_bytes()), static_cast<std::size_t>(count_)};
  }
  void* mutable_bytes();

  /// Element i (row-major) of any numeric dtype, sub-byte types included, as double or int64.
  /// at_int CHECKs that the dtype is integer or bool; u64 above int64's range saturates.
  double at(std::int64_t i) const;
  std::int64_t at_int(std::int64_t i) const;
  /// Stores a converted value (round to nearest even, integers saturate); as mutable_data().
  void set(std::int64_t i, double value);
  void set_int(std::int64_t i, std::int64_t value);
  /// All elements of an integer or bool tensor.
  std::vector<std::int64_t> to_ints() const;
  std::vector<double> to_doubles() const;

  /// The same bytes under other dims of equal count.
  Tensor reshaped(std::vector<std::int64_t> dims) const;
  /// Converts element by element: floats round to nearest even; float to integer truncates and
  /// saturates (NaN gives 0); integers wrap as in C when `wrap`, else saturate.
  Tensor cast(DType to) const;
  /// As cast, but produced on demand tile by tile, for streaming large weights.
  Tensor lazy_cast(DType to) const;
  /// Same dtype, dims and bytes (so NaN equals NaN, and 0 differs from -0).
  bool identical(const Tensor& other) const;
  /// 64-bit content hash of dtype, dims and bytes.
  std::uint64_t hash() const;

 private:
  const void* aligned(std::size_t alignment) const;
  DType dtype_ = DType::f32;
  std::vector<std::int64_t> dims_ = {0};
  std::int64_t count_ = 0;
  std::shared_ptr<const Buffer> buffer_;
  std::shared_ptr<const std::vector<std::string>> strings_;
  mutable std::shared_ptr<const Buffer> aligned_copy_;
};

/// Number of elements of `dims`; empty on overflow or a negative dim.
std::optional<std::int64_t> element_count(const std::vector<std::int64_t>& dims);

#define CORECAST_ELEMENT(T, d)    \
  template <>                     \
  constexpr DType dtype_of<T>() { \
    return DType::d;              \
  }
CORECAST_ELEMENT(bool, boolean)
CORECAST_ELEMENT(std::int8_t, i8)
CORECAST_ELEMENT(std::int16_t, i16)
CORECAST_ELEMENT(std::int32_t, i32)
CORECAST_ELEMENT(std::int64_t, i64)
CORECAST_ELEMENT(std::uint8_t, u8)
CORECAST_ELEMENT(std::uint16_t, u16)
CORECAST_ELEMENT(std::uint32_t, u32)
CORECAST_ELEMENT(std::uint64_t, u64)
CORECAST_ELEMENT(half, f16)
CORECAST_ELEMENT(bfloat, bf16)
CORECAST_ELEMENT(float, f32)
CORECAST_ELEMENT(double, f64)
#undef CORECAST_ELEMENT

template <class T>
Tensor Tensor::of(const std::vector<T>& values, std::vector<std::int64_t> dims) {
  Tensor t = empty(dtype_of<T>(), std::move(dims));
  CC_CHECK(t.count() == static_cast<std::int64_t>(values.size()), "values and dims disagree");
  auto out = t.mutable_data<T>();
  for (std::size_t i = 0; i < values.size(); ++i) out[i] = values[i];
  return t;
}

}  // namespace corecast::ir
