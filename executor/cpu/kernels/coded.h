// Products of a few rows with a constant weight that stays as small as it is stored. Such products
// read every weight once and do little with it: what counts is how few bytes a weight is.
#pragma once

#include <vector>

#include "base/thread_pool.h"
#include "executor/cpu/kernels/buffer.h"
#include "executor/cpu/kernels/epilogue.h"

namespace corecast::cpu {

/// A weight [n, k] as its maker has it: element (r, c) is entry codes[r * k + c] of the table of
/// its rows, or that code itself, minus its block's offset, times its block's scale.
struct CodedParts {
  std::int64_t n = 0, k = 0;
  /// 0 ... 15 with tables, -128 ... 127 without.
  std::vector<std::int8_t> codes;
  /// [n / rows_per_table][16]; empty: 8-bit codes. All finite.
  std::vector<float> tables;
  std::int64_t rows_per_table = 1;
  /// [n][blocks]; empty: none, only with tables. All finite. A block is a multiple of 16 columns
  /// unless there is one.
  std::vector<float> scales;
  std::vector<float> offsets;  ///< as scales, or empty
  std::int64_t blocks = 1;
  bool round = false;  ///< each element to fp16 after its scale
};

/// The same in the order in which the kernels read it. Valid for the instruction set it was made
/// with.
class CodedMatrix {
 public:
  CodedMatrix(ThreadPool& pool, CodedParts parts);
  std::int64_t n() const { return parts_.n; }
  std::int64_t k() const { return parts_.k; }

  /// C [m, n] = X [m, k] times the transposed weight, m up to kMaxCodedRows; X is dense, C's rows
  /// are `ldc` apart. Sums are taken in another order than gemm's.
  void multiply(ThreadPool& pool, const float* x, std::int64_t m, float* c, std::int64_t ldc,
                const Epilogue& epilogue) const;

 private:
  std::int64_t vectors() const;

  CodedParts parts_;  ///< without the codes
  /// 4 bits: [n][chunks][width] words; nibble j of lane i of chunk c is column (8c + j) * width +
  /// i. 8 bits: [n][whole vectors].
  Buffer packed_;
  std::int64_t row_bytes_ = 0;
};

}  // namespace corecast::cpu
