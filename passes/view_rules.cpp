// Canonical spellings of ops that only look at the same elements differently.
//
// Given                                          Result
//   reshape, squeeze, expand_dims, ... that      x
//     leaves the type of x
//   reshape(reshape | squeeze | ...(x), s)       reshape(x, s)
//   reshape(x, shape computed at run time)       reshape(x, constant with -1 or 0 for what varies)
//   squeeze(expand_dims(x)) of x's type          x
//   expand_dims(expand_dims(x, a), b)            expand_dims(x, axes)
//   transpose(x, [0,1,2])                        x
//   transpose(transpose(x, p), q)                transpose(x, p[q]), or x
//   transpose(relu(transpose(x, p)), p^-1)       relu(x)          (any elementwise op of one
//   operand) matmul(transpose(x, [0,2,1]), y)             matmul(x, y) {transpose_x=true} slice of
//   all, concat of one, pad of none,    x
//     tile once, broadcast_to x's own shape
#include <algorithm>

#include "ops/linear/matmul.h"
#include "ops/shape/broadcast_to.h"
#include "ops/shape/concat.h"
#include "ops/shape/expand_dims.h"
#include "ops/shape/pad.h"
#include "ops/shape/reshape.h"
#include "ops/shape/slice_by_index.h"
#include "ops/shape/slice_by_size.h"
#include "ops/shape/squeeze.h"
#include "ops/shape/tile.h"
#include "ops/shape/transpose.h"
#include "passes/canonicalize.h"

namespace corecast::passes {

using Ints = std::vector<std::int64_t>;

namespace {

ValueId same(const Match& m, ValueId x) { return m.type(x) == m.result_type() ? x : ValueId(); }

/// The operand of an op that keeps all elements in their row-major order; else empty.
ValueId view_of(const ir::Function& f, ValueId v) {
  const OpId def = f.def(v);
  const bool view = def && f.op(def).schema->traits.looks_through(ir::Walk::shapes);
  return view ? f.op(def).operands[0] : ValueId();
}

/// The view of a view, as far down as there are views.
ValueId bottom(const ir::Function& f, ValueId v) {
  for (ValueId next = view_of(f, v); next; next = view_of(f, v)) v = next;
  return v;
}

/// A view that restores what another view changed.
ValueId drop_view(Match& m) {
  ValueId v = m.function().op(m.root).results[0];
  for (v = view_of(m.function(), v); v; v = view_of(m.function(), v)) {
    if (m.type(v) == m.result_type()) return v;
  }
  return {};
}

/// `shape` as constants for reshape: at most one -1, and 0 for sizes that x has at the same
/// distance from the end.
std::optional<Ints> reshape_constants(const ir::Shape& x, const ir::Shape& shape) {
  Ints out;
  bool rest = false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (const auto size = shape[i].constant()) {
      if (*size == 0) return std::nullopt;  // 0 has another meaning
      out.push_back(*size);
    } else if (x.size() == shape.size() && x[i] == shape[i]) {
      out.push_back(0);
    } else if (!rest) {
      out.push_back(-1);
      rest = true;
    } else {
      return std::nullopt;
    }
  }
  // A single unknown size needs no lookup in x.
  if (!rest && std::count(out.begin(), out.end(), 0) == 1)
    std::replace(out.begin(), out.end(), 0, -1);
  const bool fits = std::all_of(out.begin(), out.end(), [](auto v) { return v <= INT32_MAX; });
  return fits ? std::optional(out) : std::nullopt;
}

ValueId merge_reshape(Match& m) {
  const auto r = m.root_op<op::Reshape>();
  const ValueId x = bottom(m.function(), r.x);
  const bool constant_shape = m.constant(r.shape) != nullptr;
  if (x == r.x && constant_shape) return {};
  const auto shape = reshape_constants(m.type(x).shape, m.result_type().shape);
  if (!shape) return {};
  return m.add(op::Reshape{.x = x, .shape = m.ints(*shape)});
}

Ints normalized(Ints axes, std::int64_t rank) {
  for (auto& a : axes) a += a < 0 ? rank : 0;
  return axes;
}

ValueId merge_expand_dims(Match& m) {
  const auto outer = m.root_op<op::ExpandDims>();
  const auto inner = m.function().def_if<op::ExpandDims>(outer.x);
  if (!inner) return {};
  // Which dims of the result are new: those of the outer op, and those that the inner one's became.
  const Ints inner_axes = normalized(inner->axes, m.type(outer.x).rank());
  const Ints outer_axes = normalized(outer.axes, m.result_type().rank());
  Ints axes;
  std::int64_t position = 0;  // in the inner result
  for (std::int64_t i = 0; i < m.result_type().rank(); ++i) {
    const bool is_outer = std::count(outer_axes.begin(), outer_axes.end(), i) > 0;
    const bool is_inner =
        !is_outer && std::count(inner_axes.begin(), inner_axes.end(), position) > 0;
    if (is_outer || is_inner) axes.push_back(i);
    if (!is_outer) ++position;
  }
  return m.add(op::ExpandDims{.x = inner->x, .axes = axes});
}

// --- transposes ------------------------------------------------------------------------------

bool is_identity(const Ints& perm) {
  for (std::size_t i = 0; i < perm.size(); ++i) {
    if (perm[i] != static_cast<std::int64_t>(i)) return false;
  }
  return true;
}
Ints perm_of(const op::Transpose& t) {
  return normalized(t.perm, static_cast<std::int64_t>(t.perm.size()));
}
Ints composed(const Ints& inner, const Ints& outer) {
  Ints out;
  for (const auto p : outer) out.push_back(inner[static_cast<std::size_t>(p)]);
  return out;
}

ValueId fold_transpose(Match& m) {
  const auto outer = m.root_op<op::Transpose>();
  const Ints perm = perm_of(outer);
  if (is_identity(perm)) return outer.x;
  const auto inner = m.function().def_if<op::Transpose>(outer.x);
  if (!inner) return {};
  const Ints both = composed(perm_of(*inner), perm);
  if (is_identity(both)) return inner->x;
  return m.add(op::Transpose{.x = inner->x, .perm = both});
}

/// Elementwise with one operand, which comes from a transpose that this one undoes.
ValueId cancel_around_unary(Match& m) {
  const ir::Function& f = m.function();
  const auto outer = m.root_op<op::Transpose>();
  const OpId middle = f.def(outer.x);
  if (!middle || f.value(outer.x).uses.size() != 1) return {};
  const ir::OpData& d = f.op(middle);
  if (!d.schema->traits.elementwise || d.operands.size() != 1 || d.results.size() != 1) return {};
  const auto inner = f.def_if<op::Transpose>(d.operands[0]);
  if (!inner || !is_identity(composed(perm_of(*inner), perm_of(outer)))) return {};
  auto added = m.builder().function().insert(m.builder().insert_point(), *d.schema, {inner->x},
                                             d.attrs, {}, d.location);
  return added ? f.op(*added).results[0] : ValueId();
}

/// The operand of a transpose that swaps the last two of two or more dims; else empty.
ValueId swapped_last(const ir::Function& f, ValueId v) {
  const auto t = f.def_if<op::Transpose>(v);
  if (!t || t->perm.size() < 2) return {};
  Ints perm = perm_of(*t);
  std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
  return is_identity(perm) ? t->x : ValueId();
}

ValueId matmul_flags(Match& m) {
  op::Matmul mm = m.root_op<op::Matmul>();
  if (const ValueId x = swapped_last(m.function(), mm.x)) {
    mm.x = x;
    mm.transpose_x = !mm.transpose_x;
  } else if (const ValueId y = swapped_last(m.function(), mm.y)) {
    mm.y = y;
    mm.transpose_y = !mm.transpose_y;
  } else {
    return {};
  }
  return m.add(mm);
}

// --- ops that take everything ----------------------------------------------------------------

bool all_equal(const Match& m, ValueId v, std::int64_t wanted) {
  const Tensor* t = m.constant(v);
  if (!t) return false;
  const auto values = t->to_ints();
  return std::all_of(values.begin(), values.end(), [&](auto x) { return x == wanted; });
}

/// With steps of one, a slice of the whole length is the whole.
ValueId whole_slice(Match& m) {
  const auto s = m.root_op<op::SliceByIndex>();
  if (s.stride && !all_equal(m, s.stride, 1)) return {};
  return same(m, s.x);
}
ValueId whole_box(Match& m) { return same(m, m.root_op<op::SliceBySize>().x); }
ValueId single_concat(Match& m) {
  const auto c = m.root_op<op::Concat>();
  return c.values.size() == 1 ? same(m, c.values[0]) : ValueId();
}
ValueId no_pad(Match& m) {
  const auto p = m.root_op<op::Pad>();
  return all_equal(m, p.pad, 0) ? same(m, p.x) : ValueId();
}
ValueId tile_once(Match& m) {
  const auto t = m.root_op<op::Tile>();
  return all_equal(m, t.reps, 1) ? same(m, t.x) : ValueId();
}
ValueId broadcast_to_self(Match& m) { return same(m, m.root_op<op::BroadcastTo>().x); }

}  // namespace

const RuleSet& view_rules() {
  static const RuleSet rules = {
      rule("drop-reshape", is<op::Reshape>(), drop_view),
      rule("drop-squeeze", is<op::Squeeze>(), drop_view),
      rule("drop-expand-dims", is<op::ExpandDims>(), drop_view),
      rule("drop-flatten2d", is<op::Flatten2d>(), drop_view),
      rule("merge-reshape", is<op::Reshape>(), merge_reshape),
      rule("merge-expand-dims", is<op::ExpandDims>(), merge_expand_dims),
      rule("fold-transpose", is<op::Transpose>(), fold_transpose),
      rule("cancel-transposes", is<op::Transpose>(), cancel_around_unary),
      rule("matmul-transpose", is<op::Matmul>(), matmul_flags),
      rule("whole-slice", is<op::SliceByIndex>(), whole_slice),
      rule("whole-box", is<op::SliceBySize>(), whole_box),
      rule("single-concat", is<op::Concat>(), single_concat),
      rule("no-pad", is<op::Pad>(), no_pad),
      rule("tile-once", is<op::Tile>(), tile_once),
      rule("broadcast-to-self", is<op::BroadcastTo>(), broadcast_to_self),
  };
  return rules;
}

}  // namespace corecast::passes
