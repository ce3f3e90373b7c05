// Packed forms of constant matrices, shared by the makers of products.
#pragma once

#include "executor/cpu/kernels/gemm.h"
#include "executor/cpu/lowering.h"

namespace corecast::cpu {

/// Tags of Model::packed for matrices: forms of one value that differ.
enum MatrixTag : int {
  kRowsAreOutputs = 2,
  kRowsAreInputs = 3,
  kThirds = 4,
  kCodedRows = 5,
  kCodedColumns = 6
};

/// A constant weight [n, k] packed as the right factor of x [m, k] -> [m, n].
std::shared_ptr<const PackedMatrix> packed_rows(Lowering& l, ir::ValueId weight, std::int64_t n,
                                                std::int64_t k);

}  // namespace corecast::cpu
