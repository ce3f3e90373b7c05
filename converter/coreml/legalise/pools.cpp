// Pools: what MIL's lack. Rounding sizes up where MIL does not, dilated windows, three dims of
// l2_pool.
#include <algorithm>
#include <limits>

#include "converter/coreml/legalise/padding.h"
#include "ops/conv/pooling.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/shape/pad.h"
#include "ops/shape/slice_by_index.h"

namespace corecast::coreml::legal {
namespace {

template <class Op>
constexpr bool is_avg = Op::kind == OpKind::AvgPool;
template <class Op>
constexpr bool is_max = Op::kind == OpKind::MaxPool;

std::int64_t at_or_one(const Ints& v, std::size_t i) { return v.empty() ? 1 : v[i]; }

template <class Op>
bool is_dilated(const Op& o) {
  return std::any_of(o.dilations.begin(), o.dilations.end(), [](auto d) { return d != 1; });
}

/// Symmetric or no padding, at most two dims, no rule that sizes follow from: MIL rounds up itself.
template <class Op>
bool mil_rounds_up(const Op& o) {
  if (o.kernel_sizes.size() > 2) return false;
  if (o.pad_type == "valid") return true;
  if (o.pad_type != "custom") return false;
  for (std::size_t i = 0; i + 1 < o.pad.size(); i += 2) {
    if (o.pad[i] != o.pad[i + 1]) return false;
  }
  return true;
}

/// How far the last window reaches beyond the padding, per spatial dim; negative: elements that no
/// window sees. Empty when that depends on sizes known at run time in a way that padding cannot
/// say.
template <class Op>
std::optional<Ints> overhangs(Site& s, const Op& o, const Ints& pads) {
  const Shape &in = s.shape(o.x), &out = s.result_type().shape;
  Ints result;
  for (std::size_t d = 0; d < o.kernel_sizes.size(); ++d) {
    const std::int64_t stride = at_or_one(o.strides, d),
                       extent = (o.kernel_sizes[d] - 1) * at_or_one(o.dilations, d) + 1,
                       before = pads[2 * d], after = pads[2 * d + 1];
    if (in[d + 2].is_constant() && out[d + 2].is_constant()) {
      result.push_back((out[d + 2].value() - 1) * stride + extent - in[d + 2].value() - before -
                       after);
      continue;
    }
    // Rounding (n + stride - 1) / stride down is rounding n / stride up. A last window that starts
    // in the padding is dropped, which must not be possible here.
    const bool may_drop = before + after > 0 && after + stride - 1 >= extent;
    if (may_drop) return std::nullopt;
    result.push_back(stride - 1);
  }
  return result;
}

ValueId pad_spatial(Site& s, ValueId x, const Ints& pads, double value) {
  if (std::all_of(pads.begin(), pads.end(), [](auto p) { return p == 0; })) return x;
  return s.add(op::Pad{x, s.ints(pads), "constant", value});
}

/// Every window's elements one after the other: x[tap :: stride], combined.
template <class Combine>
ValueId over_taps(Site& s, ValueId x, const Ints& kernel, const Ints& strides,
                  const Ints& dilations, const Combine& combine) {
  const auto rank = static_cast<std::size_t>(s.rank(x));
  Ints step(rank, 1);
  for (std::size_t d = 0; d < kernel.size(); ++d) step[d + 2] = at_or_one(strides, d);
  const ValueId stride = s.ints(step);
  Ints tap(kernel.size(), 0);
  ValueId y;
  while (true) {
    Ints begin(rank, 0), end(rank, 0);
    std::vector<bool> to_end(rank, true);
    for (std::size_t d = 0; d < kernel.size(); ++d) {
      begin[d + 2] = tap[d] * at_or_one(dilations, d);
      end[d + 2] = -(kernel[d] - 1 - tap[d]) * at_or_one(dilations, d);
      to_end[d + 2] = end[d + 2] == 0;
    }
    const ValueId part =
        s.add(op::SliceByIndex{x, s.ints(begin), s.ints(end), stride, {}, to_end, {}});
    y = y ? combine(y, part) : part;
    std::size_t d = kernel.size();
    while (d > 0 && ++tap[d - 1] == kernel[d - 1]) tap[--d] = 0;
    if (d == 0) return y;
  }
}

/// A dilated window, padded as `pads` say, sizes rounded down.
template <class Op>
Values dilated(Site& s, const Op& o, const Ints& pads, bool count_padding) {
  std::int64_t taps = 1;
  for (const auto k : o.kernel_sizes) taps *= k;
  if (taps > 128) return s.refuse("a dilated window of more than 128 elements");
  const auto sum = [&](ValueId x) {
    return over_taps(s, x, o.kernel_sizes, o.strides, o.dilations, [&](ValueId a, ValueId b) {
      return s.add(op::Add{a, b});
    });
  };
  if constexpr (is_max<Op>) {
    const double lowest = ir::is_floating(s.dtype(o.x))
                              ? -std::numeric_limits<double>::infinity()
                              : static_cast<double>(ir::min_of(s.dtype(o.x)));
    return {over_taps(s, pad_spatial(s, o.x, pads, lowest), o.kernel_sizes, o.strides, o.dilations,
                      [&](ValueId a, ValueId b) {
                        return s.add(op::Maximum{a, b});
                      })};
  } else if constexpr (is_avg<Op>) {
    const ValueId total = sum(pad_spatial(s, o.x, pads, 0));
    const bool padded = std::any_of(pads.begin(), pads.end(), [](auto p) { return p != 0; });
    if (count_padding || !padded)
      return {s.add(op::Mul{total, s.like(o.x, 1.0 / static_cast<double>(taps))})};
    const Shape& shape = s.shape(o.x);
    if (!ir::is_static(Shape(shape.begin() + 2, shape.end())))
      return s.refuse("a dilated mean that leaves out padding, with sizes known at run time only",
                      "fix the sizes of the input");
    Ints dims = {1, 1};
    for (std::size_t d = 2; d < shape.size(); ++d) dims.push_back(shape[d].value());
    if (ir::element_count(dims).value_or(INT64_MAX) > (1 << 24))  // a constant of that size
      return s.refuse("a dilated mean that leaves out padding, over more than 2^24 positions");
    const ValueId ones = s.builder.constant(Tensor::splat(s.dtype(o.x), dims, 1));
    const ValueId count = s.add(op::Maximum{sum(pad_spatial(s, ones, pads, 0)), s.like(o.x, 1)});
    return {s.add(op::RealDiv{total, count})};
  } else {
    return {s.add(op::Sqrt{sum(s.add(op::Square{pad_spatial(s, o.x, pads, 0)}))})};
  }
}

/// Sizes rounded down: the padding behind grows by what the last window needs.
template <class Op>
Values rounded_down(Site& s, Op o, const Ints& pads, const Ints& over) {
  o.ceil_mode = false;
  o.pad_type = "custom";
  Ints inner = pads, outer(pads.size(), 0), total = pads;
  bool hangs = false;
  for (std::size_t d = 0; d < over.size(); ++d) {
    total[2 * d + 1] = std::max<std::int64_t>(0, pads[2 * d + 1] + over[d]);
    inner[2 * d + 1] = std::min(inner[2 * d + 1], total[2 * d + 1]);
    outer[2 * d + 1] = std::max<std::int64_t>(0, over[d]);
    hangs = hangs || over[d] > 0;
  }
  o.pad = total;
  if constexpr (is_avg<Op>) {
    if (hangs && !o.exclude_padding_from_average) {
      // The padding counts and the overhang does not: the one becomes elements, the other padding.
      o.x = pad_spatial(s, o.x, inner, 0);
      o.pad = outer;
      o.exclude_padding_from_average = true;
    }
  }
  return {s.add(o)};
}

template <class Op>
Values pool(Site& s) {
  auto o = s.get<Op>();
  const bool dilates = is_dilated(o);
  const bool rounds_up = o.ceil_mode && !mil_rounds_up(o);
  const bool lower = o.pad_type == "same_lower" && !s.surely_has<Op>("same_lower");
  const bool too_deep = !is_avg<Op> && !is_max<Op> && o.kernel_sizes.size() > 2;
  if (!dilates && !rounds_up && !lower && !too_deep) {
    if (o.dilations.empty()) return {};
    o.dilations.clear();
    return {s.add(o)};
  }
  const auto pads = resolved_pads(s, o.x, ir::make_shape(o.kernel_sizes), o);
  if (!pads) {
    if (lower && !dilates && !rounds_up && s.may_have<Op>("same_lower")) return {};
    return s.refuse("padding " + o.pad_type + " with sizes known at run time only",
                    "fix the sizes of the input");
  }
  o.pad = *pads;
  o.pad_type = "custom";
  if (o.ceil_mode && (rounds_up || dilates || too_deep || lower)) {
    const auto over = overhangs(s, o, *pads);
    if (!over)
      return s.refuse("ceil_mode with sizes known at run time only", "fix the sizes of the input");
    return rounded_down(s, o, *pads, *over);
  }
  if (dilates) {
    bool count_padding = true;
    if constexpr (is_avg<Op>) count_padding = !o.exclude_padding_from_average;
    return dilated(s, o, o.pad, count_padding);
  }
  o.dilations.clear();
  if (too_deep) {
    std::int64_t volume = 1;
    for (const auto k : o.kernel_sizes) volume *= k;
    op::AvgPool mean;
    mean.x = s.add(op::Square{o.x});
    mean.kernel_sizes = o.kernel_sizes;
    mean.strides = o.strides;
    mean.pad_type = o.pad_type;
    mean.pad = o.pad;
    const ValueId total = s.add(op::Mul{s.add(mean), s.like(o.x, static_cast<double>(volume))});
    return {s.add(op::Sqrt{total})};
  }
  return {s.add(o)};
}

}  // namespace

void add_pools(Expansions& out) {
  out.insert(out.end(), {{OpKind::AvgPool, pool<op::AvgPool>},
                         {OpKind::MaxPool, pool<op::MaxPool>},
                         {OpKind::L2Pool, pool<op::L2Pool>}});
}

}  // namespace corecast::coreml::legal
