// Shapes: reshape and its kin, concat, split, expand, constants.
#include <algorithm>

#include "converter/emit/reshapes.h"
#include "converter/onnx/rows.h"
#include "ops/creation/fill.h"
#include "ops/creation/range_1d.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/reduction/reduction.h"
#include "ops/shape/broadcast_to.h"
#include "ops/shape/concat.h"
#include "ops/shape/expand_dims.h"
#include "ops/shape/identity.h"
#include "ops/shape/reshape.h"
#include "ops/shape/shape.h"
#include "ops/shape/slice_by_index.h"
#include "ops/shape/split.h"
#include "ops/shape/squeeze.h"
#include "ops/shape/tile.h"
#include "ops/shape/transpose.h"

namespace corecast::onnx {
namespace {

// Axes: attribute before opset 13, input 1 after.
std::optional<std::vector<std::int64_t>> axes_of(OnnxNode& n) {
  if (n.has(1)) return n.need_ints(n.optional(1), "axes");
  if (n.has_attr("axes")) return n.integers("axes");
  return std::nullopt;
}

}  // namespace

Values reshape(OnnxNode& n) {
  const ValueId x = n.input(0);
  const ValueId target = n.input(1);
  return {emit::reshaped(n, x, target, n.integer("allowzero", 0) == 0)};
}

Values flatten(OnnxNode& n) {
  const ValueId x = n.input(0);
  if (n.failed()) return {};
  const std::int64_t rank = n.rank(x);
  std::int64_t axis = n.integer("axis", 1);
  if (axis < -rank || axis > rank) return n.fail("axis ", axis, " is outside the rank ", rank);
  if (axis < 0) axis += rank;
  const Shape& s = n.shape(x);
  const ValueId target =
      emit::reshape_target(n, {emit::product(s, 0, axis), emit::product(s, axis, rank)});
  if (!target) return n.unsupported("flatten with flexible sizes on both sides of axis ", axis);
  return {n.add(op::Reshape{x, target})};
}

Values squeeze(OnnxNode& n) {
  const ValueId x = n.input(0);
  auto axes = axes_of(n);
  if (n.failed()) return {};
  if (!axes) {
    axes.emplace();
    for (std::int64_t i = 0; i < n.rank(x); ++i) {
      const Dim& d = n.shape(x)[static_cast<std::size_t>(i)];
      if (d == Dim(1)) axes->push_back(i);
      if (!d.is_constant()) {
        // The rank would depend on the size; Core ML's ranks are fixed.
        n.note(Code::N2011, cat("dimension ", i, " of size ", d.to_string(),
                                " is kept by this squeeze, also at size 1"));
      }
    }
  }
  if (axes->empty()) return {x};
  // A size that only the run knows: MIL's squeeze wants to see the 1, slices take their word.
  op::SliceByIndex first{};
  first.x = x;
  first.begin_mask = first.end_mask = std::vector<bool>(static_cast<std::size_t>(n.rank(x)), true);
  first.squeeze_mask = std::vector<bool>(first.begin_mask.size(), false);
  bool sure = true;
  for (const std::int64_t axis : *axes) {
    if (axis < -n.rank(x) || axis >= n.rank(x))
      return n.fail("axis ", axis, " is outside the rank ", n.rank(x));
    const auto a = static_cast<std::size_t>(axis < 0 ? axis + n.rank(x) : axis);
    first.begin_mask[a] = first.end_mask[a] = false;
    first.squeeze_mask[a] = true;
    sure = sure && n.shape(x)[a].is_constant();
  }
  if (sure) return {n.add(op::Squeeze{x, *axes})};
  const auto rank = static_cast<std::size_t>(n.rank(x));
  first.begin = n.ints(std::vector<std::int64_t>(rank, 0));
  first.end = n.ints(std::vector<std::int64_t>(rank, 1));
  return {n.add(first)};
}

Values unsqueeze(OnnxNode& n) {
  const ValueId x = n.input(0);
  const auto axes = axes_of(n);
  if (!n.failed() && !axes) return n.fail("axes are missing");
  if (axes && axes->empty()) return {x};
  return {n.failed() ? ValueId() : n.add(op::ExpandDims{x, *axes})};
}

Values transpose(OnnxNode& n) {
  const ValueId x = n.input(0);
  auto perm = n.integers("perm");
  if (perm.empty()) {
    for (std::int64_t i = n.rank(x); i-- > 0;) perm.push_back(i);
  }
  if (perm.empty()) return {x};
  return {n.add(op::Transpose{x, perm})};
}

Values concat(OnnxNode& n) {
  Values values = n.inputs();
  if (values.size() == 1) return values;
  return {n.add(op::Concat{.values = values, .axis = n.integer("axis", 1)})};
}

Values split(OnnxNode& n) {
  op::Split s{};
  s.x = n.input(0);
  s.axis = n.integer("axis", 0);
  if (n.failed()) return {};
  std::optional<std::vector<std::int64_t>> sizes;
  if (n.has(1))
    sizes = n.need_ints(n.optional(1), "split");
  else if (n.has_attr("split"))
    sizes = n.integers("split");
  if (n.failed()) return {};
  if (!sizes) {
    const auto given = static_cast<std::int64_t>(n.output_count());
    const auto parts = n.integer("num_outputs", given);
    if (parts != given) return n.fail("num_outputs is ", parts, ", the node has ", given);
    const std::int64_t axis = s.axis < 0 ? s.axis + n.rank(s.x) : s.axis;
    if (axis < 0 || axis >= n.rank(s.x) || parts < 1)
      return n.fail("axis ", s.axis, " or ", parts, " outputs do not fit");
    const Dim& d = n.shape(s.x)[static_cast<std::size_t>(axis)];
    if (!d.is_constant()) {
      s.num_splits = parts;
    } else {  // the last part is smaller when the size does not divide
      const std::int64_t each = (d.value() + parts - 1) / parts;
      sizes.emplace(static_cast<std::size_t>(parts), each);
      sizes->back() = d.value() - each * (parts - 1);
    }
  }
  if (sizes) s.split_sizes = *sizes;
  if (sizes && sizes->size() == 1) return {s.x};
  return n.add_all(s);
}

Values expand(OnnxNode& n) {
  const ValueId x = n.input(0);
  return {n.add(op::BroadcastTo{x, n.input(1)})};
}

Values tile(OnnxNode& n) {
  const ValueId x = n.input(0);
  const ValueId reps = n.input(1);
  if (!n.failed() && n.rank(x) == 0) return {x};
  return {n.add(op::Tile{x, reps})};
}

Values shape(OnnxNode& n) {
  const ValueId x = n.input(0);
  if (n.failed()) return {};
  const std::int64_t rank = n.rank(x);
  const auto clamp = [&](std::int64_t i) {
    return std::min(std::max<std::int64_t>(i < 0 ? i + rank : i, 0), rank);
  };
  const std::int64_t start = clamp(n.integer("start", 0));
  const std::int64_t end = std::max(start, clamp(n.integer("end", rank)));
  ValueId s = n.add(op::ShapeOf{x});
  if (start != 0 || end != rank) {
    op::SliceByIndex slice{};
    slice.x = s;
    slice.begin = n.ints({start});
    slice.end = n.ints({end});
    s = n.add(slice);
  }
  return {n.add(op::Cast{s, DType::i64})};
}

Values size(OnnxNode& n) {
  op::ReduceProd p{};
  p.x = n.add(op::Cast{n.add(op::ShapeOf{n.input(0)}), DType::i64});
  p.axes = std::vector<std::int64_t>{0};
  return {n.add(p)};
}

Values identity(OnnxNode& n) { return {n.input(0)}; }

Values constant(OnnxNode& n) {
  if (auto t = n.tensor("value")) return {n.constant(std::move(*t))};
  if (n.failed()) return {};
  if (n.has_attr("value_float")) return {n.scalar(DType::f32, n.real("value_float", 0))};
  if (n.has_attr("value_int")) return {n.constant(Tensor::scalar(n.integer("value_int", 0)))};
  if (n.has_attr("value_ints")) return {n.constant(Tensor::of(n.integers("value_ints")))};
  if (n.has_attr("value_floats"))
    return {n.constant(Tensor::of(n.reals("value_floats")).cast(DType::f32))};
  if (n.has_attr("value_string"))
    return {n.constant(Tensor::strings({n.text("value_string", "")}, {}))};
  if (n.has_attr("sparse_value")) return n.unsupported("sparse constants are not supported");
  return n.fail("the constant has no value");
}

Values constant_of_shape(OnnxNode& n) {
  const ValueId shape = n.input(0);
  const Tensor value = n.tensor("value").value_or(Tensor::zeros(DType::f32, {1}));
  if (n.failed()) return {};
  if (value.count() != 1) return n.fail("value has ", value.count(), " elements, one is needed");
  const ValueId v = n.constant(value.reshaped({}));
  const auto known = n.known_ints(shape);
  if (known && known->empty()) return {v};
  return {n.add(op::Fill{shape, v})};
}

Values range(OnnxNode& n) {
  op::Range1d r{};
  // Exporters pass vectors of one element too.
  const auto scalar = [&](std::size_t i) {
    const ValueId v = n.input(i);
    const bool vector = n.rank(v) == 1 && n.shape(v)[0] == Dim(1);
    return vector ? n.add(op::Squeeze{v, std::vector<std::int64_t>{0}}) : v;
  };
  r.start = scalar(0);
  r.end = scalar(1);
  r.step = scalar(2);
  return {n.add(r)};
}

}  // namespace corecast::onnx
