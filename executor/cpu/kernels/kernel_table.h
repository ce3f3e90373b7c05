// Fills the table of one instruction set. Included only by kernels_<isa>.cpp (see simd.h).
#pragma once

#include "executor/cpu/kernels/coded_loops.h"
#include "executor/cpu/kernels/elementwise_loops.h"
#include "executor/cpu/kernels/gemm_tile.h"
#include "executor/cpu/kernels/reduce_loops.h"
#include "executor/cpu/kernels/window_loops.h"

namespace corecast::cpu::CC_SIMD {

constexpr Kernels make_kernels(Isa isa) {
  Kernels k{};
  k.isa = isa;
  k.width = kWidth;
  k.tile_rows = kTileRows;
  fill_tiles<kTileRows>(k.tile);
  fill_coded<kMaxCodedRows>(k.coded4, k.coded8);
  k.depthwise = window_row<Depthwise>;
  k.max_window = window_row<MaxWindow>;
  k.sum_window = window_row<SumWindow>;
  k.unary = unary;
  k.binary = binary;
  k.scale_shift = scale_shift;
  k.normalize = normalize;
  k.reduce_row = reduce_row;
  k.reduce_into = reduce_into;
  k.sum_square_diff = sum_square_diff;
  k.exp_sum = exp_sum;
  k.dot = dot;
  k.half_to_float = half_to_float;
  k.float_to_half = float_to_half;
  k.round_to_half = round_to_half;
  k.transpose_block = transpose_block;
  return k;
}

}  // namespace corecast::cpu::CC_SIMD
