#include "passes/expand/wider_type.h"

namespace corecast::passes {
namespace {

/// The element types that the target takes for a flat operand; null: not fewer than the schema's.
const ir::DTypeSet* taken(const ops::OpRule& rule, const ir::OpData& op, std::size_t operand) {
  const auto& takes =
      rule.operand(op.schema->operands[op.schema->operand_index(op, operand)].name).takes;
  return takes ? &*takes : nullptr;
}

std::optional<DType> wider(DType from, ir::DTypeSet taken) {
  if (from == DType::boolean && taken.contains(DType::i32)) return DType::i32;
  if (from != DType::boolean && from != DType::i32) return std::nullopt;
  return taken.contains(DType::f32) ? std::optional(DType::f32) : std::nullopt;
}

}  // namespace

Values in_wider_type(Site& s) {
  const ir::OpData op = s.f().op(s.op);
  const ops::OpRule& rule = s.rules.row(op.schema->kind);
  if (rule.operands.empty() || !op.blocks.empty()) return {};
  std::vector<ValueId> operands = op.operands;
  std::optional<DType> from, to;  // by the first operand that does not fit
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const auto* types = operands[i] ? taken(rule, op, i) : nullptr;
    if (!types || types->contains(s.dtype(operands[i]))) continue;
    if (!from) {
      from = s.dtype(operands[i]);
      to = wider(*from, *types);
      if (!to) return {};
    }
    if (s.dtype(operands[i]) == *from) operands[i] = s.cast(operands[i], *to);
  }
  if (!from) return {};
  const auto added = s.f().insert(s.builder.insert_point(), *op.schema, std::move(operands),
                                  op.attrs, {}, op.location);
  if (!added) return {};
  Values out = s.f().op(*added).results;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = s.cast(out[i], s.dtype(op.results[i]));
  return out;
}

}  // namespace corecast::passes
