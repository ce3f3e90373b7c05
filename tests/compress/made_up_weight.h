// Weights for tests of compression: a description and noise.
#pragma once

#include "compress/weights.h"
#include "ir/tensor.h"

namespace corecast::compress {

inline Weight weight_of(std::vector<std::int64_t> dims, std::int64_t output, std::int64_t input) {
  Weight w;
  w.name = "w";
  w.dtype = ir::DType::f16;
  w.dims = std::move(dims);
  w.output_axis = output;
  w.input_axis = input;
  return w;
}

/// About normally distributed, the same every time.
inline ir::Tensor noise(const Weight& w) {
  ir::Tensor t = ir::Tensor::empty(w.dtype, w.dims);
  std::uint32_t state = 12345;
  for (std::int64_t i = 0; i < w.count(); ++i) {
    double v = -2;
    for (int k = 0; k < 4; ++k) {
      state = state * 1664525u + 1013904223u;
      v += static_cast<double>(state >> 8) * 0x1p-24;
    }
    t.set(i, v);
  }
  return t;
}

}  // namespace corecast::compress
