#include "converter/emit/windows.h"

#include <algorithm>

namespace corecast::emit {

void Window::pad_with(const std::vector<std::int64_t>& before,
                      const std::vector<std::int64_t>& after) {
  pad.clear();
  for (std::size_t i = 0; i < before.size(); ++i) pad.insert(pad.end(), {before[i], after[i]});
  const bool any = std::any_of(pad.begin(), pad.end(), [](std::int64_t p) { return p != 0; });
  pad_type = any ? "custom" : "valid";
}

bool rounds_up(Emit& e, const Shape& x, const std::vector<std::int64_t>& kernel, const Window& w) {
  bool more = false, dropped = false;
  for (std::size_t i = 0; i < kernel.size() && !e.failed(); ++i) {
    const std::int64_t extent = (kernel[i] - 1) * w.dilations[i] + 1, stride = w.strides[i];
    const Dim& size = x[i + 2];
    if (w.pad[2 * i] != 0 || w.pad[2 * i + 1] != 0 || stride <= extent) {
      more = true;
      continue;
    }
    if (!size.is_constant()) {
      e.unsupported("ceil_mode with strides larger than the kernel and flexible sizes");
    } else if ((size.value() - extent) % stride != 0) {
      const std::int64_t start = ((size.value() - extent) / stride + 1) * stride;
      (start < size.value() ? more : dropped) = true;
    }
  }
  if (more && dropped) e.unsupported("ceil_mode that adds a window along some axes only");
  return more;
}

std::vector<std::int64_t> unless_all(const std::vector<std::int64_t>& values,
                                     std::int64_t neutral) {
  const bool all = std::all_of(values.begin(), values.end(), [=](auto v) { return v == neutral; });
  return all ? std::vector<std::int64_t>() : values;
}

std::optional<TransposedPadding> padding_for(const Dim& wanted, const Dim& in, const Dim& kernel,
                                             std::int64_t stride, std::int64_t dilation,
                                             std::int64_t output_padding, bool more_after) {
  const Dim extent = (kernel - Dim(1)) * Dim(dilation) + Dim(1);
  const Dim total = Dim(stride) * (in - Dim(1)) + Dim(output_padding) + extent - wanted;
  if (!total.is_constant()) return std::nullopt;
  std::int64_t t = total.value();
  TransposedPadding p{0, 0, output_padding};
  if (t < 0) {  // more output than the kernel reaches
    p.output -= t;
    t = 0;
  }
  const std::int64_t half = t / 2;
  p.before = more_after ? half : t - half;
  p.after = more_after ? t - half : half;
  return p;
}

}  // namespace corecast::emit
