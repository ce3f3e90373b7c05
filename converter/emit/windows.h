// Windows of convolutions and pooling: strides, dilations, padding, and sizes that are rounded up.
#pragma once

#include "converter/emit/emit.h"

namespace corecast::emit {

/// One entry per spatial dimension; x is [batch, channels, spatial...].
struct Window {
  std::vector<std::int64_t> strides, dilations;
  std::vector<std::int64_t> pad;   ///< [before0, after0, before1, ...], as MIL has it
  std::string pad_type = "valid";  ///< MIL's: valid, custom, same, same_lower

  /// Explicit padding, given as `before` and `after` each dimension.
  void pad_with(const std::vector<std::int64_t>& before, const std::vector<std::int64_t>& after);
};

/// Whether rounding a pooled size up instead of down makes a difference that MIL's ceil_mode makes,
/// too. It may add a window that starts past the input: sources drop it, MIL only where there is
/// padding. Without one more window, rounding up is rounding down.
/// Problems: sizes where the two part and neither says what the source means.
bool rounds_up(Emit& e, const Shape& x, const std::vector<std::int64_t>& kernel, const Window& w);

/// Parameters that MIL does not have are left out where they change nothing: `values`, or none when
/// all are `neutral`.
std::vector<std::int64_t> unless_all(const std::vector<std::int64_t>& values, std::int64_t neutral);

/// A transposed convolution makes stride * (in - 1) + output_padding + (kernel - 1) * dilation + 1
/// minus the padding. This chooses padding, and output padding where the kernel does not reach as
/// far, so that it makes `wanted`; where the padding is odd, `more_after` puts the larger half at
/// the end. `kernel` and `in` are the sizes of one dimension. False when they are not known.
struct TransposedPadding {
  std::int64_t before = 0, after = 0, output = 0;
};
std::optional<TransposedPadding> padding_for(const Dim& wanted, const Dim& in, const Dim& kernel,
                                             std::int64_t stride, std::int64_t dilation,
                                             std::int64_t output_padding, bool more_after);

}  // namespace corecast::emit
