// Reductions over any axes, softmax, and normalisation over rows.
#pragma once

#include <vector>

#include "base/thread_pool.h"
#include "executor/cpu/kernels/copy.h"
#include "executor/cpu/kernels/kernels.h"

namespace corecast::cpu {

enum class Reduction : unsigned char {
  sum,
  mean,
  max,
  min,
  prod,
  l1_norm,
  l2_norm,
  sum_square,
  log_sum,
  log_sum_exp
};

/// Reduces the axes where `reduced` is true; y is dense over the others. The reduction of nothing
/// is the operation's neutral element.
void reduce(ThreadPool& pool, Reduction op, const float* x, const Dims& dims,
            const std::vector<bool>& reduced, float* y);

/// Which of n elements is looked for.
struct Extreme {
  bool largest = false;  ///< or smallest
  bool last = false;     ///< or first, of equals and of NaNs
};
/// Its index (i32 or i64) along the middle of [outer, n, inner]; that of a NaN if there is one. n >
/// 0.
template <class Index>
void arg_extreme(ThreadPool& pool, Extreme which, const float* x, std::int64_t outer,
                 std::int64_t n, std::int64_t inner, Index* y);

/// Along the middle of [outer, n, inner]; y may be x.
void softmax(ThreadPool& pool, const float* x, float* y, std::int64_t outer, std::int64_t n,
             std::int64_t inner);

/// Rows of n: x - max - ln(sum(e^(x - max))); y may be x.
void log_softmax(ThreadPool& pool, const float* x, float* y, std::int64_t rows, std::int64_t n);

/// Rows of n: x / sqrt(mean of squares + epsilon) * gamma; gamma [n] or null.
void rms_norm(ThreadPool& pool, const float* x, float* y, std::int64_t rows, std::int64_t n,
              const float* gamma, float epsilon);
/// Rows of n: (x - mean) / sqrt(variance + epsilon) * gamma + beta; gamma and beta [n] or null.
void layer_norm(ThreadPool& pool, const float* x, float* y, std::int64_t rows, std::int64_t n,
                const float* gamma, const float* beta, float epsilon);
/// As layer_norm over rows of `area`, with one gamma and beta per channel: row r has channel r % c.
void instance_norm(ThreadPool& pool, const float* x, float* y, std::int64_t rows, std::int64_t area,
                   std::int64_t c, const float* gamma, const float* beta, float epsilon);
/// y = x * scale + shift with one scale and shift per channel: row r has channel r % c.
void scale_channels(ThreadPool& pool, const float* x, float* y, std::int64_t rows,
                    std::int64_t area, std::int64_t c, const float* scale, const float* shift);

}  // namespace corecast::cpu
