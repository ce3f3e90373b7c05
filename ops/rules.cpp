#include "ops/rules.h"

#include <algorithm>

#include "base/check.h"

namespace corecast::ops {
namespace {

template <class Rule>
const Rule* find(const std::vector<Rule>& rules, std::string_view name) {
  const auto it =
      std::find_if(rules.begin(), rules.end(), [&](const Rule& r) { return r.name == name; });
  return it == rules.end() ? nullptr : &*it;
}

template <class Rule>
const Rule& find_or_plain(const std::vector<Rule>& rules, std::string_view name) {
  static const Rule plain{};
  const Rule* rule = find(rules, name);
  return rule ? *rule : plain;
}

}  // namespace

const OperandRule& OpRule::operand(std::string_view operand) const {
  return find_or_plain(operands, operand);
}
const ParameterRule& OpRule::parameter(std::string_view parameter) const {
  return find_or_plain(parameters, parameter);
}
const FormRule* OpRule::form(std::string_view form) const { return find(forms, form); }

Version OpRule::since_of(std::string_view part) const {
  if (name.empty()) return kNever;
  Version first = since;
  if (part.empty()) return first;
  if (const auto* rule = find(operands, part)) first = std::max(first, rule->since);
  if (const auto* rule = find(parameters, part)) first = std::max(first, rule->since);
  if (const auto* rule = find(forms, part)) first = std::max(first, rule->since);
  return first;
}

Version OperandRule::since_of(ir::DType dtype) const {
  if (takes && !takes->contains(dtype)) return kNever;
  return later.contains(dtype) ? later_since : kAlways;
}

Version OpRule::since_of(ir::DType dtype) const {
  Version first = since;
  for (const OperandRule& rule : operands) {
    if (rule.later.contains(dtype)) first = std::max(first, rule.later_since);
  }
  return first;
}

const OpRule& RuleTable::row(ir::OpKind kind) const {
  static const OpRule none;
  const auto at = static_cast<std::size_t>(kind);
  return at < rows.size() ? rows[at] : none;
}

const RuleTable& Rules::table() const {
  CC_CHECK(table_ != nullptr, "there is no target");
  return *table_;
}

const OpRule& Rules::row(ir::OpKind kind) const {
  static const OpRule none;
  return table_ ? table_->row(kind) : none;
}

}  // namespace corecast::ops
