// Packed forms of constant matrices, shared by the makers of products.
#pragma once

#include "executor/cpu/kernels/gemm.h"
#include "executor/cpu/lowering.h"

namespace corecast::cpu {

/// Variants of packed matrices, dense and coded: what a row of the weight is for the product.
inline constexpr PackedForm kRowsAreOutputs{.variant = 0}, kRowsAreInputs{.variant = 1};

/// A constant weight [n, k] packed as the right factor of x [m, k] -> [m, n].
std::shared_ptr<const PackedMatrix> packed_rows(Lowering& l, ir::ValueId weight, std::int64_t n,
                                                std::int64_t k);

}  // namespace corecast::cpu
