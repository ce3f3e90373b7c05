// canonicalize: one spelling for things that are the same, and nothing that does nothing. The rules
// are in arithmetic_rules.cpp, view_rules.cpp and padding_rules.cpp, each with its drawing.
//
// Given:   %b = broadcast_to(x=%a, shape=[4,3])     Result:   %c = add(x=%x, y=%a)
//          %c = add(x=%x, y=%b)                     where that gives the same shape
#include "passes/canonicalize.h"

#include "ops/elementwise/select.h"
#include "ops/shape/broadcast_to.h"

namespace corecast::passes {

namespace {

/// What the elementwise `user` would give with `v` for the operand `slot`.
std::optional<ir::Shape> shape_with(const ir::Function& f, OpId user, std::size_t slot, ValueId v) {
  const auto& operands = f.op(user).operands;
  std::optional<ir::Shape> shape = ir::Shape{};
  // MIL's select takes its shape from a and b alone.
  const std::size_t first = f.is(user, op::Select::kind) ? 1 : 0;
  for (std::size_t i = first; i < operands.size() && shape; ++i) {
    if (operands[i]) shape = ir::broadcast(*shape, f.type(i == slot ? v : operands[i]).shape);
  }
  return shape;
}

}  // namespace

bool drop_broadcasts(ir::Function& f) {
  bool changed = false;
  for_each_op(f, [&](OpId id) {
    const auto b = f.get_if<op::BroadcastTo>(id);
    if (!b) return;
    const ValueId result = f.op(id).results[0];
    const std::vector<ir::Use> uses = f.value(result).uses;
    for (const ir::Use& use : uses) {
      if (!use.op || !f.op(use.op).schema->traits.elementwise || f.op(use.op).operands.size() < 2)
        continue;
      const auto shape = shape_with(f, use.op, use.index, b->x);
      if (!shape || *shape != f.type(f.op(use.op).results[0]).shape) continue;
      f.set_operand(use.op, use.index, b->x);
      changed = true;
    }
    if (f.value(result).uses.empty()) erase_dead(f, id);
  });
  return changed;
}

Pass canonicalize_pass() {
  return {"canonicalize", "Removes what does nothing and spells equal things alike.",
          Numerics::exact, [](ir::Module& m, PassContext& context) -> Result<bool> {
            static const RuleSet rules = arithmetic_rules() + view_rules() + padding_rules();
            bool changed = rewrite(m, rules, context);
            for (ir::Function& f : m.functions) {
              if (context.rewrite_budget != 0) changed = drop_broadcasts(f) || changed;
            }
            return changed;
          }};
}

}  // namespace corecast::passes
