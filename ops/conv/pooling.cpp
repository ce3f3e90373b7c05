#include "ops/conv/pooling.h"

#include <cmath>
#include <limits>

#include "ops/conv/window.h"

namespace corecast::op {
namespace {

template <class Op>
Result<std::vector<WindowDim>> windows(const Op& op, const Shape& x) {
  return resolve_windows(Shape(x.begin() + 2, x.end()), {.kernel = ir::make_shape(op.kernel_sizes),
                                                         .strides = op.strides,
                                                         .dilations = op.dilations,
                                                         .pad = op.pad,
                                                         .pad_type = op.pad_type});
}

// As window_output with the division rounded up. A window that starts past the input and the
// padding before it sees nothing; it is dropped, but only if there is padding (so MIL has it).
Result<Dim> ceil_output(const WindowDim& w) {
  TRY_VOID(window_output(w));
  const Dim room = w.input + w.before + w.after - w.extent();
  const Dim size = ceil_div(room, w.stride) + 1;
  if (w.before == Dim(0) && w.after == Dim(0)) return size;
  const Dim limit = ceil_div(w.input + w.before, w.stride);  // windows that start early enough
  // At most one is dropped. Padding up to half a window cannot make it more, and min says so
  // tersely.
  if (size.is_constant() && limit.is_constant())
    return size.value() > limit.value() ? size - 1 : size;
  const Dim slack = w.extent() - w.after - w.after;
  if (w.before == w.after && slack.is_constant() && slack.value() >= 0) return min(size, limit);
  return size - min(Dim(1), max(Dim(0), size - limit));
}

template <class Op>
Result<Types> infer(const Op& op, InferContext& c) {
  const Shape& x = c.shape(op.x);
  if (x.size() < 3 || x.size() > 5) return infer_error("x must have rank 3 to 5, not ", x.size());
  TRY(const auto dims, windows(op, x));
  Shape shape = {x[0], x[1]};
  for (const auto& w : dims) {
    TRY(Dim size, op.ceil_mode ? ceil_output(w) : window_output(w));
    shape.push_back(std::move(size));
  }
  return Types{Type(c.dtype(op.x), std::move(shape))};
}

// Elements of the window at `out` that lie inside the input and its padding: a ceil_mode overhang
// does not count.
std::int64_t padded_taps(const Loops& l, const Position& out) {
  std::int64_t count = 1;
  for (int d = 0; d < 3; ++d) {
    const auto room = l.before[d] + l.in[d] + l.after[d] - out.at[d] * l.stride[d];
    count *= std::clamp<std::int64_t>((room + l.dilation[d] - 1) / l.dilation[d], 0, l.kernel[d]);
  }
  return count;
}

// The taps of the window at `out` that meet the input: those from `first` on, `count` of them. Most
// of a window may lie outside.
struct Taps {
  std::int64_t first[3], count[3];
  Taps(const Loops& l, const Position& out) {
    for (int d = 0; d < 3; ++d) {
      const auto start = out.at[d] * l.stride[d] - l.before[d];
      first[d] = start < 0 ? (-start + l.dilation[d] - 1) / l.dilation[d] : 0;
      const auto room = l.in[d] - start;  // taps before this distance lie inside
      const auto end = room > 0 ? (room + l.dilation[d] - 1) / l.dilation[d] : 0;
      count[d] = std::max<std::int64_t>(std::min(end, l.kernel[d]) - first[d], 0);
    }
  }
};

// Calls reduce(real elements of the window, divisor when padding counts) for every result element.
template <class Op, class Reduce>
Result<Tensors> pool(const Op& op, EvalContext& c, Reduce reduce) {
  const Tensor& x = c.tensor(op.x);
  Tensor out = c.output();
  TRY(const auto dims, windows(op, ir::make_shape(x.dims())));
  const Loops l(dims, {out.dims().begin() + 2, out.dims().end()});
  const auto values = x.to_doubles();
  const auto area_in = l.in_count(), area_out = l.out_count();
  const auto planes = x.dims()[0] * x.dims()[1];
  std::vector<double> window;
  for (std::int64_t plane = 0; plane < planes; ++plane) {
    for (std::int64_t p = 0; p < area_out; ++p) {
      const Position position(p, l.out);
      window.clear();
      const Taps taps(l, position);
      for (std::int64_t k = 0; k < taps.count[0] * taps.count[1] * taps.count[2]; ++k) {
        Position tap(k, taps.count);
        for (int d = 0; d < 3; ++d) tap.at[d] += taps.first[d];
        const auto source = input_position(l, position, tap);
        window.push_back(values[static_cast<std::size_t>(plane * area_in + source)]);
      }
      out.set(plane * area_out + p, reduce(window, l, position));
    }
  }
  return Tensors{std::move(out)};
}

Result<Tensors> eval_avg(const AvgPool& op, EvalContext& c) {
  return pool(op, c, [&](const std::vector<double>& window, const Loops& l, const Position& out) {
    double sum = 0;
    for (const double v : window) sum += v;
    const auto count = op.exclude_padding_from_average ? static_cast<std::int64_t>(window.size())
                                                       : padded_taps(l, out);
    return count == 0 ? 0.0 : sum / static_cast<double>(count);
  });
}

Result<Tensors> eval_max(const MaxPool& op, EvalContext& c) {
  // NaN wins, as in numpy. An empty window gives the least value of the type.
  return pool(op, c, [](const std::vector<double>& window, const Loops&, const Position&) {
    double best = -std::numeric_limits<double>::infinity();
    for (const double v : window) {
      if (v > best || std::isnan(v)) best = v;
      if (std::isnan(best)) break;
    }
    return best;
  });
}

Result<Tensors> eval_l2(const L2Pool& op, EvalContext& c) {
  return pool(op, c, [](const std::vector<double>& window, const Loops&, const Position&) {
    double sum = 0;
    for (const double v : window) sum += v * v;
    return std::sqrt(sum);
  });
}

/// A window that sees nothing but padding gives the lowest number there is.
Interval bounds_of_max(const MaxPool& op, const BoundsContext& c) {
  const Interval x = c.of(op.x);
  return op.pad_type == "valid" && !op.ceil_mode ? x : bounds::at_most(x.hi);
}

constexpr std::string_view kXDoc = "Input [N,C,*d], 1 to 3 spatial dims.";
constexpr std::string_view kKernelDoc = "Window size per spatial dim.";
constexpr std::string_view kStridesDoc = "One per spatial dim; empty: ones.";
constexpr std::string_view kPadTypeDoc =
    "valid: no padding; same, same_lower: output is ceil(d/stride), an odd element of padding goes "
    "after, before; "
    "custom: as `pad` says.";
template <class Op>
constexpr mil::Form kSameLower = {"same_lower", Target::ios16, pads_lower<Op>};
constexpr std::string_view kPadDoc =
    "Elements of padding before and after each spatial dim; only for custom.";
constexpr std::string_view kCeilDoc =
    "Round the output size up: a last window may reach beyond the padding.";
constexpr std::string_view kDilationsDoc =
    "Distance between window elements per spatial dim; empty: ones.";

template <class Op>
OpSchema schema(std::string_view name, std::string_view doc, OpTraits traits, BoundsRow<Op> bounds,
                DTypeSet dtypes, Result<Tensors> (*eval)(const Op&, EvalContext&)) {
  return make_schema<Op>(
      {.name = name,
       .doc = doc,
       .mil = {.name = name, .forms = {kSameLower<Op>}},
       .traits = traits,
       .bounds = bounds,
       .cost = cost::traffic,
       .infer = infer<Op>,
       .eval = eval},
      operand<&Op::x>("x", dtypes, kXDoc).takes_in_mil(kMilFloats),
      attr<&Op::kernel_sizes>("kernel_sizes", kKernelDoc),
      attr<&Op::strides>("strides", kStridesDoc), attr<&Op::pad_type>("pad_type", kPadTypeDoc),
      attr<&Op::pad>("pad", kPadDoc), attr<&Op::ceil_mode>("ceil_mode", kCeilDoc),
      attr<&Op::dilations>("dilations", kDilationsDoc).not_in_mil());
}

}  // namespace

OpSchema avg_pool_schema() {
  return make_schema<AvgPool>(
      {.name = "avg_pool",
       .doc = "Mean of each window; padding counts as zeros, or not at all.",
       .mil = {.name = "avg_pool", .forms = {kSameLower<AvgPool>}},
       .traits = traits::reduction(Accumulates::sums, Overflow::never),
       .bounds = bounds::of_or_zero(&AvgPool::x),
       .cost = cost::traffic,
       .infer = infer<AvgPool>,
       .eval = eval_avg},
      operand<&AvgPool::x>("x", kFloats, kXDoc),
      attr<&AvgPool::kernel_sizes>("kernel_sizes", kKernelDoc),
      attr<&AvgPool::strides>("strides", kStridesDoc),
      attr<&AvgPool::pad_type>("pad_type", kPadTypeDoc), attr<&AvgPool::pad>("pad", kPadDoc),
      attr<&AvgPool::exclude_padding_from_average>(
          "exclude_padding_from_average",
          "Divide by the number of real elements (0 if there are none) instead of those inside the "
          "padded input."),
      attr<&AvgPool::ceil_mode>("ceil_mode", kCeilDoc),
      attr<&AvgPool::dilations>("dilations", kDilationsDoc).not_in_mil());
}

OpSchema max_pool_schema() {
  return schema<MaxPool>("max_pool",
                         "Maximum of each window; padding never wins. NaN if the window has one.",
                         traits::choice(Walk::positions), bounds_of_max, kNumbers, eval_max);
}

OpSchema l2_pool_schema() {
  return schema<L2Pool>(
      "l2_pool", "Square root of the sum of squares of each window; padding counts as zeros.",
      traits::reduction(Accumulates::sums, Overflow::floats).needing(Digits::sums_of_squares),
      bounds::at_least(0), kFloats, eval_l2);
}

}  // namespace corecast::op
