// What the makers in <family>.cpp share.
#pragma once

#include "executor/cpu/kernels/elementwise.h"
#include "executor/cpu/kernels/epilogue.h"
#include "executor/cpu/lowering.h"

namespace corecast::cpu {

/// No more than how many elements there are.
struct CountArguments {
  std::int64_t n = 0;
};

/// An op that is one call of the unary kernel.
struct UnaryCall {
  ir::ValueId x;
  Unary op = Unary::copy;
  float alpha = 0;
  float beta = 0;
};
std::optional<UnaryCall> unary_call(const ir::Function& f, ir::OpId op);

/// What an op's step takes over from the ops that follow it, and the value it then makes.
struct Fused {
  ir::ValueId result;
  Epilogue epilogue;
  SlotId residual;  ///< to be put into epilogue.residual by the kernel; empty: none
};
/// Follows the single uses of `v`: a residual addition, a clamp, an activation. Absorbs them. The
/// residual must have been made already; it is read in `layout`.
Fused fuse_followers(Lowering& l, ir::ValueId v, const Layout& layout);

/// The slot of an optional operand; empty when it is not there.
inline SlotId optional(Lowering& l, ir::ValueId v) { return v ? l.plain(v) : SlotId(); }

/// Whether the vector width divides the channels, so that a blocked value holds nothing else.
bool whole_blocks(const Dims& dims);
inline std::int64_t product(const Dims& dims, std::size_t first = 0, std::size_t last = SIZE_MAX) {
  last = std::min(last, dims.size());
  std::int64_t n = 1;
  for (std::size_t i = first; i < last; ++i) n *= dims[i];
  return n;
}
inline std::size_t bytes_of(ir::DType d) { return static_cast<std::size_t>(ir::bits_of(d)) / 8; }
inline std::size_t axis_of(std::int64_t axis, std::size_t rank) {
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
}

/// Arithmetic of two integer tensors.
bool lower_integer(Lowering& l);
/// A matmul that begins an attention written out in ops of its own: takes them over.
bool lower_written_attention(Lowering& l);
/// result = the bytes of x under other dims.
bool lower_as_view(Lowering& l, ir::ValueId x);
/// result = x from `offset` on, walked with these strides (elements).
bool lower_as_copy(Lowering& l, ir::ValueId x, std::int64_t offset, const Dims& dims,
                   const Dims& strides);

}  // namespace corecast::cpu
