// Sliding windows over the spatial dims of [N, C, *d]: the geometry of conv, conv_transpose and
// pools.
#pragma once

#include "ir/function.h"
#include "ops/detail/common.h"

namespace corecast::op {

/// Per spatial dim, as the ops' attributes say it; empty lists stand for ones (pad: zeros).
struct WindowSpec {
  Dims kernel;
  std::vector<std::int64_t> strides, dilations, pad;
  std::string pad_type;
};

/// One spatial dim, resolved.
struct WindowDim {
  Dim input, kernel;
  std::int64_t stride = 1, dilation = 1;
  Dim before = 0, after = 0;  ///< padding

  /// Span of the dilated kernel.
  Dim extent() const { return (kernel - 1) * dilation + 1; }
};

/// Checks the lists' lengths and ranges and resolves pad_type against the spatial dims `input`:
/// valid: none; custom: `pad` = [before0, after0, before1, ...]; same: total =
/// max(0, (ceil(in/s)-1)*s + extent - in), the odd element after (same_lower: before).
Result<std::vector<WindowDim>> resolve_windows(const Shape& input, const WindowSpec& spec);

/// floor((in + pads - extent)/stride) + 1; an error naming the dim when the kernel does not fit.
Result<Dim> window_output(const WindowDim& w);

/// Whether an Op with windows pads by the value of pad_type that came last.
template <class Op>
bool pads_lower(const ir::Function& f, OpId id) {
  return f.get_if<Op>(id)->pad_type == "same_lower";
}

/// At most three spatial dims as plain numbers, led by ones, so that three nested loops serve all.
struct Loops {
  std::int64_t in[3] = {1, 1, 1}, out[3] = {1, 1, 1}, kernel[3] = {1, 1, 1};
  std::int64_t stride[3] = {1, 1, 1}, dilation[3] = {1, 1, 1}, before[3] = {0, 0, 0},
               after[3] = {0, 0, 0};

  /// Precondition: `windows` and `output` (the result's spatial dims) are static.
  Loops(const std::vector<WindowDim>& windows, const std::vector<std::int64_t>& output);
  std::int64_t in_count() const { return in[0] * in[1] * in[2]; }
  std::int64_t out_count() const { return out[0] * out[1] * out[2]; }
  std::int64_t kernel_count() const { return kernel[0] * kernel[1] * kernel[2]; }
};

/// Splits a row-major position into three coordinates.
struct Position {
  std::int64_t at[3];
  Position(std::int64_t i, const std::int64_t (&dims)[3])
      : at{i / dims[2] / dims[1], i / dims[2] % dims[1], i % dims[2]} {}
};

/// Row-major position in the input that kernel tap `tap` of output `out` reads, or -1 in the
/// padding.
std::int64_t input_position(const Loops& l, const Position& out, const Position& tap);

}  // namespace corecast::op
