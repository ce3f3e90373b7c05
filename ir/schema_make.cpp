#include "ir/schema_make.h"

namespace corecast::ir {

OpSchema assemble_schema(OpKind kind, OpTraits traits, std::vector<Field> fields) {
  OpSchema s(kind, traits);
  for (auto& f : fields) {
    switch (f.role) {
      case Field::Role::operand: s.operands.push_back(f.operand); break;
      case Field::Role::attr: {
        AttrSpec spec = f.attr;
        f.default_attr(spec.fallback);
        s.attrs.push_back(std::move(spec));
        break;
      }
      case Field::Role::block: s.blocks.push_back(f.block); break;
    }
  }
  auto shared = std::make_shared<const std::vector<Field>>(std::move(fields));
  const int variadic = s.variadic();
  const std::size_t fixed = s.operands.size() - (variadic >= 0 ? 1 : 0);
  s.load = [shared, fixed](const OpData& d, void* op) {
    std::size_t operand = 0, attr = 0, block = 0;
    for (const auto& f : *shared) {
      if (f.role == Field::Role::operand) {
        const std::size_t n =
            f.operand.kind == OperandKind::variadic ? d.operands.size() - fixed : 1;
        f.load_operand(std::span(d.operands).subspan(operand, n), op);
        operand += n;
      } else if (f.role == Field::Role::attr) {
        f.load_attr(d.attrs[attr++], op);
      } else {
        f.load_block(d.blocks[block++], op);
      }
    }
  };
  s.store = [shared](const void* op, OpData& d) {
    for (const auto& f : *shared) {
      if (f.role == Field::Role::operand) {
        f.store_operand(op, d.operands);
      } else if (f.role == Field::Role::attr) {
        f.store_attr(op, d.attrs.emplace_back());
      } else {
        d.blocks.push_back(f.store_block(op));
      }
    }
  };
  return s;
}

}  // namespace corecast::ir
