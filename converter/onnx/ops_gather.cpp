// Elements picked and written by index.
#include "converter/onnx/rows.h"
#include "ops/creation/one_hot.h"
#include "ops/creation/range_1d.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/select.h"
#include "ops/indexing/gather.h"
#include "ops/indexing/non_zero.h"
#include "ops/indexing/scatter.h"
#include "ops/shape/concat.h"
#include "ops/shape/reshape.h"
#include "ops/shape/shape.h"
#include "ops/shape/slice_by_index.h"
#include "ops/shape/squeeze.h"
#include "ops/shape/transpose.h"

namespace corecast::onnx {
namespace {

// Whether every element is known to be at least 0: sizes, and results of ops that give positions.
bool never_negative(OnnxNode& n, ValueId v, int depth = 8) {
  if (!v || depth == 0 || !ir::is_signed(n.dtype(v))) return static_cast<bool>(v) && depth != 0;
  if (const auto known = n.known(v)) {
    for (const Dim& d : *known) {
      const auto low = d.lower_bound();
      if (!low || *low < 0) return false;
    }
    return true;
  }
  const ir::Function& f = n.importer().function();
  if (f.value(v).kind != ir::ValueKind::op_result) return false;
  const ir::OpData& op = f.op(f.def(v));
  const auto operands = [&] {
    for (const ValueId o : op.operands) {
      if (!o || !never_negative(n, o, depth - 1)) return false;
    }
    return true;
  };
  switch (op.schema->kind) {
    case ir::OpKind::ReduceArgmax:
    case ir::OpKind::ReduceArgmin:
    case ir::OpKind::NonZero:
    case ir::OpKind::ShapeOf: return true;
    case ir::OpKind::Topk: return f.value(v).index == 1;
    case ir::OpKind::Cast: return ir::is_integer(n.dtype(op.operands[0])) && operands();
    case ir::OpKind::Range1d: {
      const auto range = *f.get_if<op::Range1d>(f.def(v));
      const Tensor* step = n.constant(range.step);
      return step && step->at(0) >= 0 && never_negative(n, range.start, depth - 1);
    }
    case ir::OpKind::Add:
    case ir::OpKind::Mul:
    case ir::OpKind::Concat: return operands();
    // The first operand holds the elements, the others say which.
    case ir::OpKind::Gather:
    case ir::OpKind::Reshape:
    case ir::OpKind::SliceByIndex:
    case ir::OpKind::Squeeze:
    case ir::OpKind::ExpandDims:
    case ir::OpKind::BroadcastTo:
    case ir::OpKind::Tile:
    case ir::OpKind::Transpose: return never_negative(n, op.operands[0], depth - 1);
    default: return false;
  }
}

// Numbers of words and the like look up rows of a table: inputs of the model, never negative.
bool is_lookup(OnnxNode& n, ValueId table, ValueId indices) {
  const ir::Function& f = n.importer().function();
  const auto cast = f.value(indices).kind == ir::ValueKind::op_result
                        ? f.get_if<op::Cast>(f.def(indices))
                        : std::nullopt;
  const ValueId source = cast ? cast->x : indices;
  return f.is_constant(table) && n.rank(table) == 2 &&
         f.value(source).kind == ir::ValueKind::block_arg;
}

// ONNX counts negative indices from the end; MIL from iOS 17 does not, so they are moved up here by
// `extent`, which broadcasts against them and has their type.
ValueId moved_up(OnnxNode& n, ValueId indices, ValueId extent) {
  const ValueId zero = n.scalar(n.dtype(indices), 0);
  return n.add(
      op::Select{n.add(op::Less{indices, zero}), n.add(op::Add{indices, extent}), indices});
}

// The sizes of the dims from..to of x, as a vector of `dtype`.
ValueId sizes(OnnxNode& n, ValueId x, std::int64_t from, std::int64_t to, DType dtype) {
  const Shape part(n.shape(x).begin() + from, n.shape(x).begin() + to);
  if (ir::is_static(part)) return n.constant(Tensor::of(ir::static_dims(part)).cast(dtype));
  op::SliceByIndex s{};
  s.x = n.add(op::ShapeOf{x});
  s.begin = n.ints({from});
  s.end = n.ints({to});
  return n.add(op::Cast{n.add(s), dtype});
}

ValueId positive_indices(OnnxNode& n, ValueId x, std::int64_t axis, ValueId indices) {
  if (n.failed() || never_negative(n, indices)) return indices;
  const std::int64_t a = axis < 0 ? axis + n.rank(x) : axis;
  if (a < 0 || a >= n.rank(x)) return indices;  // inference reports the axis
  const ValueId extent = sizes(n, x, a, a + 1, n.dtype(indices));
  return moved_up(n, indices, n.rank(indices) > 0 ? extent : n.add(op::Squeeze{extent, {}}));
}

// As positive_indices for multi-indices, whose last dim addresses the dims of x from `first` on.
ValueId positive_multi_indices(OnnxNode& n, ValueId x, std::int64_t first, ValueId indices) {
  if (n.failed() || never_negative(n, indices)) return indices;
  const std::int64_t rank = n.rank(indices);
  const Dim last = rank > 0 ? n.shape(indices).back() : Dim(0);
  if (!last.is_constant() || first < 0 || first + last.value() > n.rank(x)) return indices;
  return moved_up(n, indices, sizes(n, x, first, first + last.value(), n.dtype(indices)));
}

std::string scatter_mode(OnnxNode& n) {
  const std::string reduction = n.text("reduction", "none");
  if (reduction == "none") return "update";
  if (reduction != "add" && reduction != "mul" && reduction != "min" && reduction != "max") {
    n.fail("reduction is ", quote(reduction));
  }
  return reduction;
}

}  // namespace

Values gather(OnnxNode& n) {
  op::Gather g{};
  g.x = n.input(0);
  g.indices = n.input(1);
  g.axis = n.integer("axis", 0);
  if (n.failed()) return {};
  if (n.constant(g.indices) || !is_lookup(n, g.x, g.indices))
    g.indices = positive_indices(n, g.x, g.axis, g.indices);
  return {n.add(g)};
}

Values gather_elements(OnnxNode& n) {
  op::GatherAlongAxis g{};
  g.x = n.input(0);
  g.axis = n.integer("axis", 0);
  g.indices = positive_indices(n, g.x, g.axis, n.input(1));
  return {n.add(g)};
}

Values gather_nd(OnnxNode& n) {
  op::GatherNd g{};
  g.x = n.input(0);
  g.batch_dims = n.integer("batch_dims", 0);
  g.indices = positive_multi_indices(n, g.x, g.batch_dims, n.input(1));
  return {n.add(g)};
}

Values scatter_elements(OnnxNode& n) {
  op::ScatterAlongAxis s{};
  s.data = n.input(0);
  s.axis = n.integer("axis", 0);
  s.indices = positive_indices(n, s.data, s.axis, n.input(1));
  s.updates = n.input(2);
  s.mode = scatter_mode(n);
  return {n.add(s)};
}

Values scatter_nd(OnnxNode& n) {
  op::ScatterNd s{};
  s.data = n.input(0);
  s.indices = positive_multi_indices(n, s.data, 0, n.input(1));
  s.updates = n.input(2);
  s.mode = scatter_mode(n);
  return {n.add(s)};
}

// ONNX gives [rank, count], MIL [count, rank].
Values non_zero(OnnxNode& n) {
  const ValueId found = n.add(op::NonZero{n.input(0)});
  return {n.add(op::Cast{n.add(op::Transpose{found, {1, 0}}), DType::i64})};
}

// The slices along an axis, or the elements, where the condition holds.
Values compress(OnnxNode& n) {
  ValueId x = n.input(0);
  const ValueId condition = n.input(1);
  std::int64_t axis = 0;
  if (n.has_attr("axis"))
    axis = n.integer("axis", 0);
  else
    x = n.add(op::Reshape{x, n.ints({-1})});
  const ValueId found = n.add(op::NonZero{condition});
  const ValueId places = n.add(op::Squeeze{found, std::vector<std::int64_t>{1}});
  return {n.add(op::Gather{.x = x, .indices = places, .axis = axis})};
}

// Negative indices count from depth; indices out of range give the off value everywhere.
Values one_hot(OnnxNode& n) {
  const ValueId indices = n.input(0);
  const auto depth = static_cast<std::int64_t>(n.need_scalar(n.input(1), "depth"));
  const ValueId values = n.input(2);
  if (n.failed()) return {};
  ValueId whole = n.dtype(indices) == DType::i32 ? indices : n.add(op::Cast{indices, DType::i32});
  if (!never_negative(n, whole)) whole = moved_up(n, whole, n.int_scalar(depth));
  op::OneHot o{};
  o.indices = whole;
  o.one_hot_vector_size = n.int_scalar(depth);
  o.axis = n.integer("axis", -1);
  const auto element = [&](std::int64_t i) {
    return n.add(op::Gather{.x = values, .indices = n.int_scalar(i), .axis = 0});
  };
  o.off_value = element(0);
  o.on_value = element(1);
  return {n.add(o)};
}

}  // namespace corecast::onnx
