// Compressed weights of products that are multiplied as they are stored.
#pragma once

#include "executor/cpu/kernels/coded.h"
#include "executor/cpu/lowering.h"

namespace corecast::cpu {

/// The weight [n, k] ([k, n] when `columns`) in the form that a product with up to
/// kMaxCodedRows rows reads, or null when its chain of constexpr ops has no such form: then
/// there is only the unpacked weight. Products differ from those with the unpacked weight by the
/// rounding of sums alone.
///
///   constexpr_lut_to_dense                                 indices up to 4 bits, scalar entries,
///                                                          tables by groups of n
///   constexpr_blockwise_shift_scale                        i4, u4, i8, u8; blocks of a multiple of
///                                                          16 along k, or one; integer offsets
///   constexpr_lut_to_dense -> ..._shift_scale              both, without offsets
std::shared_ptr<const CodedMatrix> coded_weight(Lowering& l, ir::ValueId weight, bool columns);

}  // namespace corecast::cpu
