// One row of output of a sliding window over blocked channels, borders included: used by depthwise
// convolution and pooling.
#pragma once

#include <algorithm>

#include "executor/cpu/kernels/conv.h"

namespace corecast::cpu {

/// Taps [first, last) of a window at `start` (may be negative) that lie inside [0, size).
struct TapRange {
  std::int64_t first, last;
  TapRange(std::int64_t start, std::int64_t taps, std::int64_t dilation, std::int64_t size)
      : first(start >= 0 ? 0 : std::min(taps, ceil_div(-start, dilation))),
        last(start >= size ? first
                           : std::max(first, std::min(taps, ceil_div(size - start, dilation)))) {}
  std::int64_t count() const { return last - first; }
};

/// Computes output row `row` from the input plane `x`. `t` holds outputs, weights (tap (0, 0)),
/// bias, residual and clamp; `scale_of(taps inside)` gives its scale.
template <class Scale>
void window_row(WindowFn kernel, const ConvShape& s, const float* x, std::int64_t row, WindowArgs t,
                const Scale& scale_of) {
  const std::int64_t w = kernels().width;
  const std::int64_t top = row * s.stride[1] - s.before[1];
  const TapRange vertical(top, s.kernel[1], s.dilation[1], s.in[1]);
  const WindowArgs whole = t;
  auto run = [&](std::int64_t first, std::int64_t last, const TapRange& horizontal) {
    WindowArgs a = whole;
    a.kh = vertical.count();
    a.kw = horizontal.count();
    a.pixels = last - first;
    a.x_row = s.dilation[1] * s.in[2] * w;
    a.x_tap = s.dilation[2] * w;
    a.x_pixel = s.stride[2] * w;
    a.w_row = s.kernel[2] * w;
    const std::int64_t left = first * s.stride[2] - s.before[2];
    if (a.kh > 0 && a.kw > 0) {
      a.x = x + ((top + vertical.first * s.dilation[1]) * s.in[2] + left +
                 horizontal.first * s.dilation[2]) *
                    w;
      if (a.w) a.w += (vertical.first * s.kernel[2] + horizontal.first) * w;
    } else {
      a.kh = 0;  // nothing of the window is inside
    }
    a.scale = scale_of(row, first, a.kh * a.kw);
    a.y += first * w;
    if (a.residual) a.residual += first * w;
    kernel(a);
  };
  // Interior pixels see all horizontal taps; those left and right of it go one by one.
  const std::int64_t reach = (s.kernel[2] - 1) * s.dilation[2];
  std::int64_t lead =
      std::min(s.out[2], ceil_div(std::max<std::int64_t>(s.before[2], 0), s.stride[2]));
  const std::int64_t room = s.in[2] - 1 - reach + s.before[2];
  const std::int64_t interior_end =
      room < 0 ? lead : std::clamp(room / s.stride[2] + 1, lead, s.out[2]);
  auto single = [&](std::int64_t p) {
    run(p, p + 1, TapRange(p * s.stride[2] - s.before[2], s.kernel[2], s.dilation[2], s.in[2]));
  };
  for (std::int64_t p = 0; p < lead; ++p) single(p);
  if (interior_end > lead)
    run(lead, interior_end,
        TapRange(lead * s.stride[2] - s.before[2], s.kernel[2], s.dilation[2], s.in[2]));
  for (std::int64_t p = interior_end; p < s.out[2]; ++p) single(p);
}

inline void window_row(WindowFn kernel, const ConvShape& s, const float* x, std::int64_t row,
                       const WindowArgs& t) {
  window_row(kernel, s, x, row, t, [](std::int64_t, std::int64_t, std::int64_t) { return 1.f; });
}

}  // namespace corecast::cpu
