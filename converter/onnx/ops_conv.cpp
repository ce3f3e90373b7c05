// Convolutions and pooling.
#include <algorithm>

#include "converter/emit/windows.h"
#include "converter/onnx/rows.h"
#include "ops/conv/conv.h"
#include "ops/conv/conv_transpose.h"
#include "ops/conv/pooling.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/reduction/reduction.h"

namespace corecast::onnx {
namespace {

using emit::Window;

// ONNX lists all the paddings before, then all those after.
struct Halves {
  std::vector<std::int64_t> before, after;
  explicit Halves(const std::vector<std::int64_t>& pads)
      : before(pads.begin(), pads.begin() + static_cast<std::ptrdiff_t>(pads.size() / 2)),
        after(pads.begin() + static_cast<std::ptrdiff_t>(pads.size() / 2), pads.end()) {}
};

Window window(OnnxNode& n, std::size_t spatial) {
  Window w;
  w.strides = n.integers("strides", std::vector<std::int64_t>(spatial, 1));
  w.dilations = n.integers("dilations", std::vector<std::int64_t>(spatial, 1));
  const auto pads = n.integers("pads", std::vector<std::int64_t>(2 * spatial, 0));
  if (w.strides.size() != spatial || w.dilations.size() != spatial || pads.size() != 2 * spatial) {
    n.fail("strides, dilations or pads do not have ", spatial, " spatial dimensions");
    return w;
  }
  w.pad = std::vector<std::int64_t>(2 * spatial, 0);
  const std::string mode = n.text("auto_pad", "NOTSET");
  if (mode == "SAME_UPPER") {
    w.pad_type = "same";
  } else if (mode == "SAME_LOWER") {
    w.pad_type = "same_lower";
  } else if (mode == "NOTSET") {
    const Halves halves(pads);
    w.pad_with(halves.before, halves.after);
  } else if (mode != "VALID") {
    n.fail("auto_pad is ", quote(mode));
  }
  return w;
}

// Rank minus batch and channel; a problem when there is no spatial dimension.
std::size_t spatial_dims(OnnxNode& n, ValueId x) {
  if (!n.failed() && n.rank(x) < 3)
    n.fail("the input has rank ", n.rank(x), ", at least 3 is needed");
  return n.failed() ? 1 : static_cast<std::size_t>(n.rank(x)) - 2;
}

template <class Op>
Op pool(OnnxNode& n, ValueId x) {
  Op p{};
  p.x = x;
  const std::size_t spatial = spatial_dims(n, x);
  p.kernel_sizes = n.integers("kernel_shape");
  if (!n.failed() && p.kernel_sizes.size() != spatial)
    n.fail("kernel_shape does not have ", spatial, " entries");
  Window w = window(n, spatial);
  p.strides = w.strides;
  p.pad_type = w.pad_type;
  p.pad = w.pad;
  p.dilations = emit::unless_all(w.dilations, 1);
  p.ceil_mode = n.integer("ceil_mode", 0) != 0 && !n.failed() &&
                (w.pad_type == "valid" || w.pad_type == "custom") &&
                emit::rounds_up(n, n.shape(x), p.kernel_sizes, w);
  return p;
}

}  // namespace

ValueId convolution(OnnxNode& n, ValueId x, ValueId weight, ValueId bias) {
  op::Conv c{};
  c.x = x;
  c.weight = weight;
  c.bias = bias;
  const Window w = window(n, spatial_dims(n, c.x));
  c.strides = w.strides;
  c.pad_type = w.pad_type;
  c.pad = w.pad;
  c.dilations = w.dilations;
  c.groups = n.integer("group", 1);
  return n.add(c);
}

Values conv(OnnxNode& n) {
  const ValueId x = n.input(0);
  const ValueId weight = n.input(1);
  return {convolution(n, x, weight, n.optional(2))};
}

// Output size: stride * (in - 1) + output_padding + (kernel - 1) * dilation + 1 - pads. An explicit
// output_shape, or auto_pad, decides the pads instead.
Values conv_transpose(OnnxNode& n) {
  op::ConvTranspose c{};
  c.x = n.input(0);
  c.weight = n.input(1);
  c.bias = n.optional(2);
  const std::size_t spatial = spatial_dims(n, c.x);
  if (n.failed()) return {};
  c.strides = n.integers("strides", std::vector<std::int64_t>(spatial, 1));
  c.dilations = n.integers("dilations", std::vector<std::int64_t>(spatial, 1));
  c.groups = n.integer("group", 1);
  auto output_padding = n.integers("output_padding", std::vector<std::int64_t>(spatial, 0));
  auto pads = n.integers("pads", std::vector<std::int64_t>(2 * spatial, 0));
  const auto output_shape = n.integers("output_shape");
  const std::string mode = n.text("auto_pad", "NOTSET");
  const bool same = mode == "SAME_UPPER" || mode == "SAME_LOWER";
  if (c.strides.size() != spatial || c.dilations.size() != spatial || pads.size() != 2 * spatial ||
      output_padding.size() != spatial || n.rank(c.weight) != n.rank(c.x)) {
    return n.fail("strides, dilations, pads or weight do not have ", spatial,
                  " spatial dimensions");
  }
  if (!output_shape.empty() && output_shape.size() < spatial)
    return n.fail("output_shape has ", output_shape.size(), " sizes for ", spatial, " dimensions");
  for (std::size_t i = 0; i < spatial; ++i) {
    const std::int64_t most = std::max(c.strides[i], c.dilations[i]);
    if (output_padding[i] < 0 || output_padding[i] >= std::max<std::int64_t>(most, 1))
      return n.fail("output_padding ", output_padding[i], " is not below the stride ", most);
  }
  if (mode == "VALID") std::fill(pads.begin(), pads.end(), 0);
  if (same || !output_shape.empty()) {
    const Shape weight = n.shape(c.weight), x = n.shape(c.x);
    for (std::size_t i = 0; i < spatial; ++i) {
      const Dim wanted = output_shape.empty()
                             ? x[2 + i] * Dim(c.strides[i])
                             : Dim(output_shape[output_shape.size() - spatial + i]);
      // Before 11 the odd element went to the other side unless SAME_UPPER asked for it.
      const auto p = emit::padding_for(wanted, x[2 + i], weight[2 + i], c.strides[i],
                                       c.dilations[i], output_padding[i], mode == "SAME_UPPER");
      if (!p) return n.unsupported("output_shape with a flexible input size");
      pads[i] = p->before;
      pads[spatial + i] = p->after;
      output_padding[i] = p->output;
    }
  }
  Window w;
  const Halves halves(pads);
  w.pad_with(halves.before, halves.after);
  c.pad = w.pad;
  c.pad_type = "custom";
  c.output_padding = emit::unless_all(output_padding, 0);
  return {n.add(c)};
}

Values max_pool(OnnxNode& n) {
  const ValueId x = n.input(0);
  const ValueId y = n.add(pool<op::MaxPool>(n, x));
  return {y};
}

Values average_pool(OnnxNode& n) {
  auto p = pool<op::AvgPool>(n, n.input(0));
  p.exclude_padding_from_average = n.integer("count_include_pad", 0) == 0;
  return {n.add(p)};
}

// (sum |x|^p)^(1/p) of every window.
Values lp_pool(OnnxNode& n) {
  const ValueId x = n.input(0);
  const std::int64_t p = n.integer("p", 2);
  if (n.failed()) return {};
  if (p < 1) return n.fail("p is ", p);
  if (p == 2) return {n.add(pool<op::L2Pool>(n, x))};
  const DType dtype = n.dtype(x);
  const ValueId size = n.add(op::Abs{x});
  const ValueId power =
      p == 1 ? size : n.add(op::Pow{size, n.scalar(dtype, static_cast<double>(p))});
  auto mean = pool<op::AvgPool>(n, power);
  if (mean.ceil_mode) return n.unsupported("ceil_mode with p = ", p);
  std::int64_t taps = 1;
  for (const auto k : mean.kernel_sizes) taps *= k;
  const ValueId sum = n.add(op::Mul{n.add(mean), n.scalar(dtype, static_cast<double>(taps))});
  return {p == 1 ? sum : n.add(op::Pow{sum, n.scalar(dtype, 1 / static_cast<double>(p))})};
}

namespace {

template <class Op>
Values global_pool(OnnxNode& n) {
  Op r{};
  r.x = n.input(0);
  std::vector<std::int64_t> axes;
  for (std::int64_t i = 2; i < n.rank(r.x); ++i) axes.push_back(i);
  r.axes = axes;
  r.keep_dims = true;
  if (axes.empty()) return {r.x};
  return {n.add(r)};
}

}  // namespace

Values global_average_pool(OnnxNode& n) { return global_pool<op::ReduceMean>(n); }
Values global_lp_pool(OnnxNode& n) {
  const std::int64_t p = n.integer("p", 2);
  if (p == 1) return global_pool<op::ReduceL1Norm>(n);
  if (p == 2) return global_pool<op::ReduceL2Norm>(n);
  return n.unsupported("p = ", p);
}
Values global_max_pool(OnnxNode& n) { return global_pool<op::ReduceMax>(n); }

}  // namespace corecast::onnx
