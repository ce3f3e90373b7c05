// Matrix products in float. All matrices are row-major unless strides say otherwise.
#pragma once

#include <vector>

#include "base/thread_pool.h"
#include "executor/cpu/kernels/buffer.h"
#include "executor/cpu/kernels/epilogue.h"

namespace corecast::cpu {

/// rows x cols floats at any strides (in floats); a transpose is a swap of the strides.
struct MatrixView {
  const float* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t row_stride = 0;
  std::int64_t col_stride = 1;

  static MatrixView row_major(const float* data, std::int64_t rows, std::int64_t cols) {
    return {data, rows, cols, cols, 1};
  }
  MatrixView transposed() const { return {data, cols, rows, col_stride, row_stride}; }
};

/// B [k, n] in panels of two vectors of columns: [ceil(n / 2w)][k][2w], the last panel one vector
/// wide where that suffices; missing columns are zero. Valid for the instruction set it was made
/// with.
class PackedMatrix {
 public:
  PackedMatrix() = default;
  PackedMatrix(ThreadPool& pool, const MatrixView& b);
  std::int64_t k() const { return k_; }
  std::int64_t n() const { return n_; }
  const float* data() const { return data_.data(); }
  bool empty() const { return n_ == 0; }

 private:
  std::int64_t k_ = 0;
  std::int64_t n_ = 0;
  Buffer data_;
};

/// C [m, n] = A [m, k] B. C's rows are `ldc` apart.
void gemm(ThreadPool& pool, const MatrixView& a, const PackedMatrix& b, float* c, std::int64_t ldc,
          const Epilogue& epilogue = {});
/// The same with B packed on the way.
void gemm(ThreadPool& pool, const MatrixView& a, const MatrixView& b, float* c, std::int64_t ldc,
          const Epilogue& epilogue = {});

/// Products of many matrices of one shape, without their data. Offsets are in floats; an operand
/// that is the same for every product repeats its offset.
struct BatchedMatrices {
  MatrixView a;
  MatrixView b;
  std::vector<std::int64_t> a_offsets;
  std::vector<std::int64_t> b_offsets;
};
/// C [batches, m, n], dense, of matrices that lie at their offsets from a and b.
void batched_gemm(ThreadPool& pool, const BatchedMatrices& m, const float* a, const float* b,
                  float* c, const Epilogue& epilogue = {});

/// For other drivers of the micro-kernel: floats in a packed [k, n], and the packing of one panel.
std::int64_t packed_size(std::int64_t k, std::int64_t n);
void pack_panel(const MatrixView& b, std::int64_t first_col, float* panel);

}  // namespace corecast::cpu
