// Epilogue: what a matrix product or a convolution does to its result while it is still in cache.
//   y = unary(clamp(product + bias + residual, lo, hi))
#pragma once

#include <limits>
#include <optional>

#include "executor/cpu/kernels/kernels.h"

namespace corecast::cpu {

struct Epilogue {
  const float* bias = nullptr;      ///< one per output column (GEMM) or channel (convolution)
  const float* row_bias = nullptr;  ///< one per output row (GEMM only)
  const float* residual = nullptr;  ///< laid out exactly as the output
  float lo = -std::numeric_limits<float>::infinity();  ///< the clamp is free; relu is lo = 0
  float hi = std::numeric_limits<float>::infinity();
  std::optional<Unary> unary;  ///< any other activation
  float alpha = 0;
  float beta = 0;

  Epilogue with(const float* new_bias, const float* new_residual) const {
    Epilogue e = *this;
    e.bias = new_bias;
    e.residual = new_residual;
    return e;
  }
};

}  // namespace corecast::cpu
