#include "ops/conv/window.h"

namespace corecast::op {
namespace {

Result<std::vector<std::int64_t>> filled(const std::vector<std::int64_t>& list, std::size_t length,
                                         std::int64_t fill, std::int64_t least,
                                         std::string_view name) {
  if (list.empty()) return std::vector<std::int64_t>(length, fill);
  if (list.size() != length)
    return infer_error(name, " has ", list.size(), " entries instead of ", length);
  for (const auto v : list) {
    if (v < least) return infer_error(name, " [", join(list), "] has an entry below ", least);
    if (v > INT32_MAX)
      return infer_error(name, " [", join(list), "] has an entry above ", INT32_MAX);
  }
  return list;
}

}  // namespace

Result<std::vector<WindowDim>> resolve_windows(const Shape& input, const WindowSpec& spec) {
  const std::size_t n = input.size();
  if (n < 1 || n > 3) return infer_error("needs 1 to 3 spatial dims, there are ", n);
  if (spec.kernel.size() != n)
    return infer_error("the kernel has ", spec.kernel.size(), " dims instead of ", n);
  TRY(const auto strides, filled(spec.strides, n, 1, 1, "strides"));
  TRY(const auto dilations, filled(spec.dilations, n, 1, 1, "dilations"));
  TRY(const auto pad, filled(spec.pad, 2 * n, 0, 0, "pad"));
  const bool same = spec.pad_type == "same", same_lower = spec.pad_type == "same_lower";
  if (!same && !same_lower && spec.pad_type != "valid" && spec.pad_type != "custom") {
    return infer_error("pad_type ", quote(spec.pad_type),
                       " is none of valid, same, same_lower, custom");
  }
  std::vector<WindowDim> out;
  for (std::size_t i = 0; i < n; ++i) {
    WindowDim w{input[i], spec.kernel[i], strides[i], dilations[i], 0, 0};
    if (w.kernel.is_constant() && w.kernel.value() < 1)
      return infer_error("kernel size ", w.kernel.value(), " is below 1");
    if (w.kernel.is_constant() &&
        (w.kernel.value() > INT32_MAX || w.extent().constant().value_or(0) > INT32_MAX))
      return infer_error("a kernel of ", w.kernel.value(), " with dilation ", w.dilation,
                         " spans more than ", INT32_MAX);
    if (same || same_lower) {
      const Dim needed = (ceil_div(w.input, w.stride) - 1) * w.stride + w.extent() - w.input;
      const Dim total = max(Dim(0), needed), half = floor_div(total, 2);
      w.before = same ? half : total - half;
      w.after = same ? total - half : half;
    } else if (spec.pad_type == "custom") {
      w.before = pad[2 * i];
      w.after = pad[2 * i + 1];
    }
    out.push_back(std::move(w));
  }
  return out;
}

Result<Dim> window_output(const WindowDim& w) {
  const Dim room = w.input + w.before + w.after - w.extent();
  if (room.is_constant() && room.value() < 0) {
    return infer_error("a kernel that spans ", w.extent().to_string(), " does not fit into ",
                       (w.input + w.before + w.after).to_string(), " padded elements");
  }
  return floor_div(room, w.stride) + 1;
}

Loops::Loops(const std::vector<WindowDim>& windows, const std::vector<std::int64_t>& output) {
  const std::size_t lead = 3 - windows.size();
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const WindowDim& w = windows[i];
    in[lead + i] = w.input.value();
    out[lead + i] = output[i];
    kernel[lead + i] = w.kernel.value();
    stride[lead + i] = w.stride;
    dilation[lead + i] = w.dilation;
    before[lead + i] = w.before.value();
    after[lead + i] = w.after.value();
  }
}

std::int64_t input_position(const Loops& l, const Position& out, const Position& tap) {
  std::int64_t position = 0;
  for (int d = 0; d < 3; ++d) {
    const auto i = out.at[d] * l.stride[d] + tap.at[d] * l.dilation[d] - l.before[d];
    if (i < 0 || i >= l.in[d]) return -1;
    position = position * l.in[d] + i;
  }
  return position;
}

}  // namespace corecast::op
