// Buffer: cache-line aligned floats for packed weights, activations and scratch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace corecast::cpu {

class Buffer {
 public:
  static constexpr std::align_val_t kAlign{64};

  Buffer() = default;
  /// Uninitialised.
  explicit Buffer(std::int64_t floats)
      : data_(static_cast<float*>(::operator new(
            static_cast<std::size_t>(floats > 0 ? floats : 1) * sizeof(float), kAlign))),
        size_(floats) {}

  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  std::int64_t size() const { return size_; }
  float& operator[](std::int64_t i) { return data_.get()[i]; }
  float operator[](std::int64_t i) const { return data_.get()[i]; }

  /// Grows, losing the contents; never shrinks.
  float* reserve(std::int64_t floats) {
    if (floats > size_) *this = Buffer(floats + floats / 4);
    return data();
  }

 private:
  struct Free {
    void operator()(float* p) const { ::operator delete(p, kAlign); }
  };
  std::unique_ptr<float, Free> data_;
  std::int64_t size_ = 0;
};

/// What a thread may use inside one kernel call. Slots never overlap; each names its only user.
enum class Scratch : unsigned char {
  gemm_a,
  gemm_b,
  conv_input,
  conv_columns,
  rows,
  rnn,
  coded,
  count
};

/// `floats` uninitialised floats that belong to this thread until it asks for the slot again.
inline float* scratch(Scratch slot, std::int64_t floats) {
  thread_local Buffer buffers[static_cast<int>(Scratch::count)];
  return buffers[static_cast<int>(slot)].reserve(floats);
}

inline constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
inline constexpr std::int64_t round_up(std::int64_t a, std::int64_t b) {
  return ceil_div(a, b) * b;
}

}  // namespace corecast::cpu
