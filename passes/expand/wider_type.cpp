#include "passes/expand/wider_type.h"

namespace corecast::passes {
namespace {

const ir::OperandSpec& spec_of(const ir::OpData& op, std::size_t operand) {
  return op.schema->operands[op.schema->operand_index(op, operand)];
}

/// The next type that holds every number of `from` and that the target takes.
std::optional<DType> wider(DType from, const ops::OperandRule& rule, const ops::Rules& rules) {
  const auto takes = [&](DType to) { return rules.may_have(rule.since_of(to)); };
  if (from == DType::boolean && takes(DType::i32)) return DType::i32;
  const bool fits_f32 = from == DType::boolean || from == DType::i32 || from == DType::f16;
  return fits_f32 && takes(DType::f32) ? std::optional(DType::f32) : std::nullopt;
}

/// A constant stays one where the target wants one.
ValueId widened(Site& s, ValueId v, const ops::OperandRule& rule, DType to) {
  const Tensor* constant = rule.computed_since == ops::kAlways ? nullptr : s.constant(v);
  return constant ? s.builder.constant(constant->cast(to)) : s.cast(v, to);
}

}  // namespace

Values in_wider_type(Site& s) {
  const ir::OpData op = s.f().op(s.op);
  const ops::OpRule& rule = s.rules.row(op.schema->kind);
  if (rule.operands.empty() || !op.blocks.empty()) return {};
  // The first operand that does not fit decides for those that must have its type.
  std::size_t first = 0;
  const auto fits = [&](std::size_t i) {
    const ValueId v = op.operands[i];
    return !v || s.rules.may_have(rule.operand(spec_of(op, i).name).since_of(s.dtype(v)));
  };
  while (first < op.operands.size() && fits(first)) ++first;
  if (first == op.operands.size()) return {};
  const ir::OperandSpec& spec = spec_of(op, first);
  const DType from = s.dtype(op.operands[first]);
  const auto to = wider(from, rule.operand(spec.name), s.rules);
  if (!to) return {};
  std::vector<ValueId> operands = op.operands;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const char group = spec_of(op, i).group;
    if (!operands[i] || s.dtype(operands[i]) != from) continue;
    if (!fits(i) || (group != 0 && group == spec.group))
      operands[i] = widened(s, operands[i], rule.operand(spec_of(op, i).name), *to);
  }
  const auto added = s.f().insert(s.builder.insert_point(), *op.schema, std::move(operands),
                                  op.attrs, {}, op.location);
  if (!added) return {};
  Values out = s.f().op(*added).results;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = s.cast(out[i], s.dtype(op.results[i]));
  return out;
}

}  // namespace corecast::passes
