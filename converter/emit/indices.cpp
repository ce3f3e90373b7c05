#include "converter/emit/indices.h"

#include "ops/creation/range_1d.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/select.h"
#include "ops/op_kind.h"
#include "ops/shape/shape.h"
#include "ops/shape/slice_by_index.h"
#include "ops/shape/squeeze.h"

namespace corecast::emit {
namespace {

bool non_negative(Emit& e, ValueId v, int depth) {
  if (!v || depth == 0 || !ir::is_signed(e.dtype(v))) return static_cast<bool>(v) && depth != 0;
  if (const auto known = e.known(v)) {
    for (const Dim& d : *known) {
      const auto low = d.lower_bound();
      if (!low || *low < 0) return false;
    }
    return true;
  }
  const ir::Function& f = e.function();
  if (f.value(v).kind != ir::ValueKind::op_result) return false;
  const ir::OpData& op = f.op(f.def(v));
  const auto operands = [&] {
    for (const ValueId o : op.operands) {
      if (!o || !non_negative(e, o, depth - 1)) return false;
    }
    return true;
  };
  switch (op.schema->kind) {
    case ir::OpKind::ReduceArgmax:
    case ir::OpKind::ReduceArgmin:
    case ir::OpKind::NonZero:
    case ir::OpKind::ShapeOf: return true;
    case ir::OpKind::Topk: return f.value(v).index == 1;
    case ir::OpKind::Cast: return ir::is_integer(e.dtype(op.operands[0])) && operands();
    case ir::OpKind::Range1d: {
      const auto range = *f.get_if<op::Range1d>(f.def(v));
      const Tensor* step = e.constant(range.step);
      return step && step->at(0) >= 0 && non_negative(e, range.start, depth - 1);
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
    case ir::OpKind::Transpose: return non_negative(e, op.operands[0], depth - 1);
    default: return false;
  }
}

// The sizes of the dims from..to of x, as a vector of `dtype`.
ValueId sizes(Emit& e, ValueId x, std::int64_t from, std::int64_t to, DType dtype) {
  if (e.failed()) return {};
  const Shape part(e.shape(x).begin() + from, e.shape(x).begin() + to);
  if (ir::is_static(part)) return e.constant(Tensor::of(ir::static_dims(part)).cast(dtype));
  op::SliceByIndex s{};
  s.x = e.add(op::ShapeOf{x});
  s.begin = e.ints({from});
  s.end = e.ints({to});
  return e.add(op::Cast{e.add(s), dtype});
}

}  // namespace

bool never_negative(Emit& e, ValueId v) { return non_negative(e, v, 8); }

bool is_lookup(Emit& e, ValueId table, ValueId indices) {
  if (e.failed()) return false;
  const ir::Function& f = e.function();
  const auto cast = f.value(indices).kind == ir::ValueKind::op_result
                        ? f.get_if<op::Cast>(f.def(indices))
                        : std::nullopt;
  const ValueId source = cast ? cast->x : indices;
  return f.is_constant(table) && e.rank(table) == 2 &&
         f.value(source).kind == ir::ValueKind::block_arg;
}

ValueId moved_up(Emit& e, ValueId indices, ValueId extent) {
  const ValueId zero = e.scalar(e.dtype(indices), 0);
  return e.add(
      op::Select{e.add(op::Less{indices, zero}), e.add(op::Add{indices, extent}), indices});
}

ValueId positive_indices(Emit& e, ValueId x, std::int64_t axis, ValueId indices) {
  if (e.failed() || never_negative(e, indices)) return indices;
  const std::int64_t a = axis < 0 ? axis + e.rank(x) : axis;
  if (a < 0 || a >= e.rank(x)) return indices;  // inference reports the axis
  const ValueId extent = sizes(e, x, a, a + 1, e.dtype(indices));
  return moved_up(e, indices, e.rank(indices) > 0 ? extent : e.add(op::Squeeze{extent, {}}));
}

// As positive_indices for multi-indices, whose last dim addresses the dims of x from `first` oe.
ValueId positive_multi_indices(Emit& e, ValueId x, std::int64_t first, ValueId indices) {
  if (e.failed() || never_negative(e, indices)) return indices;
  const std::int64_t rank = e.rank(indices);
  const Dim last = rank > 0 ? e.shape(indices).back() : Dim(0);
  if (!last.is_constant() || first < 0 || first + last.value() > e.rank(x)) return indices;
  return moved_up(e, indices, sizes(e, x, first, first + last.value(), e.dtype(indices)));
}

}  // namespace corecast::emit
