// broadcast_to, and the ops whose operands MIL does not broadcast as freely as the IR.
#include <algorithm>

#include "converter/coreml/legalise/site.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/shape/broadcast_to.h"
#include "ops/shape/concat.h"
#include "ops/shape/expand_dims.h"
#include "ops/shape/shape.h"
#include "ops/shape/tile.h"

namespace corecast::coreml::legal {
namespace {

/// Whether the op broadcasts all its operands against each other, as its result's shape says.
bool broadcasts_by_itself(const ir::OpSchema& schema) {
  return schema.traits.elementwise && schema.operands.size() >= 2 && schema.operands.size() <= 3;
}

/// Whether `use` would compute the same from x as from its repetition `wide`.
bool can_skip(Site& s, const ir::Use& use, ValueId x, ValueId wide) {
  if (!use.op) return false;
  const ir::OpData& user = s.f().op(use.op);
  if (!broadcasts_by_itself(*user.schema)) return false;
  // MIL's select takes its shape from a and b alone.
  const bool is_select = s.f().is(use.op, OpKind::Select);
  Shape all, chosen;
  for (std::size_t i = 0; i < user.operands.size(); ++i) {
    if (!user.operands[i]) return false;
    // The other operands decide; those that are `wide` too would shrink with it.
    const Shape& shape = s.shape(user.operands[i] == wide ? x : user.operands[i]);
    const auto joined = ir::broadcast(all, shape);
    if (!joined) return false;
    all = *joined;
    if (is_select && i > 0) {
      const auto branch = ir::broadcast(chosen, shape);
      if (!branch) return false;
      chosen = *branch;
    }
  }
  const Shape& result = s.shape(user.results.at(0));
  return all == result && (!is_select || chosen == result);
}

/// The sizes of v, as i32[rank].
ValueId sizes_of(Site& s, ValueId v) {
  if (s.type(v).is_static()) return s.ints(ir::static_dims(s.shape(v)));
  return s.add(op::ShapeOf{v});
}

Values broadcast_to(Site& s) {
  const auto o = s.get<op::BroadcastTo>();
  const ValueId wide = s.f().op(s.op).results[0];
  if (s.type(wide) == s.type(o.x)) return {o.x};

  const std::vector<ir::Use> uses = s.f().value(wide).uses;
  for (const ir::Use& use : uses) {
    if (can_skip(s, use, o.x, wide)) s.f().set_operand(use.op, use.index, o.x);
  }
  if (!uses.empty() && s.f().value(wide).uses.empty()) return {o.x};

  const Shape to = s.result_type().shape;
  const auto missing = static_cast<std::int64_t>(to.size()) - s.rank(o.x);
  ValueId x = o.x;
  if (missing > 0) {
    Ints axes(static_cast<std::size_t>(missing));
    for (std::size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<std::int64_t>(i);
    x = s.add(op::ExpandDims{x, axes});
  }
  // Where every factor is known now, or x has but ones to repeat, no arithmetic is left for run
  // time.
  Ints reps;
  bool known = true, only_ones = true;
  for (std::size_t i = 0; i < to.size(); ++i) {
    const Dim from = s.shape(x)[i];
    only_ones = only_ones && from == Dim(1);
    if (to[i] == from)
      reps.push_back(1);
    else if (from == Dim(1) && to[i].is_constant())
      reps.push_back(to[i].value());
    else
      known = false;
  }
  if (known) {
    const bool empty = std::any_of(reps.begin(), reps.end(), [](std::int64_t r) { return r < 1; });
    if (empty) return s.refuse("an empty result", "keep sizes of at least 1");
    return {s.add(op::Tile{x, s.ints(reps)})};
  }
  ValueId sizes = s.cast(o.shape, DType::i32);
  const auto given = s.shape(o.shape).at(0);
  if (!given.is_constant()) return s.refuse("a shape of unknown length");
  if (const auto absent = static_cast<std::int64_t>(to.size()) - given.value(); absent > 0) {
    sizes = s.add(op::Concat{{s.ints(Ints(static_cast<std::size_t>(absent), 1)), sizes}, 0});
  }
  if (only_ones) return {s.add(op::Tile{x, sizes})};
  const auto have = sizes_of(s, x);
  return {s.add(op::Tile{x, s.add(op::FloorDiv{s.add(op::Maximum{sizes, have}), have})})};
}

// MIL's select has the shape of a and b; a condition that is larger needs a branch as large.
Values select(Site& s) {
  const auto o = s.get<op::Select>();
  const auto joined = ir::broadcast(s.shape(o.a), s.shape(o.b));
  const Shape& result = s.result_type().shape;
  if (!joined || *joined == result) return {};
  if (ir::is_static(result)) {
    return {s.select(o.cond, s.add(op::BroadcastTo{o.a, s.ints(ir::static_dims(result))}), o.b)};
  }
  return {s.select(o.cond, s.add(op::BroadcastTo{o.a, s.add(op::ShapeOf{o.cond})}), o.b)};
}

}  // namespace

void add_broadcasts(Expansions& out) {
  out.insert(out.end(), {{OpKind::BroadcastTo, broadcast_to}, {OpKind::Select, select}});
}

}  // namespace corecast::coreml::legal
