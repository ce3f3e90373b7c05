#include "ops/detail/room.h"

namespace corecast::ops {

OpRule mil_row(const mil::OpFacts& facts, std::span<const Field> fields) {
  OpRule row{.name = facts.name,
             .since = mil::version_of(facts.since),
             .until = facts.until ? mil::version_of(*facts.until) : kNever};
  for (const auto& form : facts.forms)
    row.forms.push_back({form.name, mil::version_of(form.since), form.says});
  for (const Field& field : fields) {
    if (field.field.role == ir::Field::Role::operand) {
      OperandRule rule = field.operand;
      if (rule.since == kAlways && rule.computed_since == kAlways && !rule.takes &&
          rule.later_since == kAlways)
        continue;
      rule.name = field.field.operand.name;
      row.operands.push_back(rule);
    } else if (field.field.role == ir::Field::Role::attr) {
      ParameterRule rule = field.parameter;
      if (rule.since == kAlways && !rule.dtype && !rule.tuple) continue;
      rule.name = field.field.attr.name;
      row.parameters.push_back(rule);
    }
  }
  return row;
}

}  // namespace corecast::ops
