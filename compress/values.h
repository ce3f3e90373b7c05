// What the algorithms see of a weight: its elements, one axis of it, and how much each counts.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/check.h"
#include "ir/tensor.h"

namespace corecast::compress {

/// The elements of a weight in memory: f16 or f32, row-major. A view; keeps nothing alive.
class Values {
 public:
  Values(std::span<const ir::half> v)  // NOLINT(google-explicit-constructor)
      : dtype_(ir::DType::f16), data_(v.data()), size_(static_cast<std::int64_t>(v.size())) {}
  Values(std::span<const float> v)  // NOLINT(google-explicit-constructor)
      : dtype_(ir::DType::f32), data_(v.data()), size_(static_cast<std::int64_t>(v.size())) {}

  ir::DType dtype() const { return dtype_; }
  std::int64_t size() const { return size_; }
  bool is_half() const { return dtype_ == ir::DType::f16; }
  const ir::half* halves() const {
    CC_CHECK(is_half(), "f16 values");
    return static_cast<const ir::half*>(data_);
  }
  const float* floats() const {
    CC_CHECK(!is_half(), "f32 values");
    return static_cast<const float*>(data_);
  }
  float operator[](std::int64_t i) const {
    return is_half() ? ir::to_float(static_cast<const ir::half*>(data_)[i])
                     : static_cast<const float*>(data_)[i];
  }

 private:
  ir::DType dtype_;
  const void* data_;
  std::int64_t size_;
};

/// A tensor around one of its axes: element (o, k, i) of [outer, size, inner].
struct Axis {
  std::int64_t outer = 1, size = 1, inner = 1;

  /// CHECKs 0 <= axis < rank.
  static Axis of(const std::vector<std::int64_t>& dims, std::int64_t axis);
  std::int64_t count() const { return outer * size * inner; }
};

/// How much the squared error of each element counts (>= 0): element i counts
/// weights[i / inner % weights.size()]. Empty: all count 1.
struct Importance {
  std::span<const float> weights;
  std::int64_t inner = 1;

  bool empty() const { return weights.empty(); }
  double of(std::int64_t i) const {
    return empty()
               ? 1.0
               : static_cast<double>(weights[static_cast<std::size_t>(i / inner) % weights.size()]);
  }
};

/// Memory for `count` elements of `bits` bits each, packed lowest bits first (ir/dtype.h), zeroed.
std::shared_ptr<ir::OwnedBuffer> packed_buffer(std::int64_t count, int bits);

}  // namespace corecast::compress
