// LoadedWeight: the elements of a weight in memory, checked to be finite.
#pragma once

#include "base/result.h"
#include "base/thread_pool.h"
#include "compress/values.h"

namespace corecast::compress {

/// A weight's elements in memory: where they lie already, or read once.
class LoadedWeight {
 public:
  /// Reads a f16 or f32 tensor. Errors: E2310 an element that is not finite, with its position.
  static Result<LoadedWeight> read(const ir::Tensor& tensor, ThreadPool& pool);
  Values values() const;
  /// Sum of the squares of all elements.
  double energy() const { return energy_; }

 private:
  ir::DType dtype_ = ir::DType::f32;
  std::int64_t count_ = 0;
  std::shared_ptr<const ir::Buffer> data_;
  double energy_ = 0;
};

/// Sum of the squares of `count` elements, f16 or f32.
double energy_of(ir::DType dtype, const std::byte* data, std::int64_t count, ThreadPool& pool);

}  // namespace corecast::compress
