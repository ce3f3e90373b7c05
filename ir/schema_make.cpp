#include "ir/schema_make.h"

#include "base/check.h"
#include "base/strings.h"

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
  s.fields_ = std::make_shared<const std::vector<Field>>(std::move(fields));
  return s;
}

void OpSchema::check_struct(OpKind kind_of_struct) const {
  CC_CHECK(kind_of_struct == kind, cat("the struct of another op for ", name));
}

void OpSchema::read_fields(const OpData& d, void* to) const {
  const std::size_t fixed = operands.size() - (variadic() >= 0 ? 1 : 0);
  std::size_t operand = 0, attr = 0, block = 0;
  for (const Field& f : *fields_) {
    if (f.role == Field::Role::operand) {
      const std::size_t n = f.operand.kind == OperandKind::variadic ? d.operands.size() - fixed : 1;
      f.load_operand(std::span(d.operands).subspan(operand, n), to);
      operand += n;
    } else if (f.role == Field::Role::attr) {
      f.load_attr(d.attrs[attr++], to);
    } else {
      f.load_block(d.blocks[block++], to);
    }
  }
}

void OpSchema::write_fields(const void* from, OpData& d) const {
  for (const Field& f : *fields_) {
    if (f.role == Field::Role::operand) {
      f.store_operand(from, d.operands);
    } else if (f.role == Field::Role::attr) {
      f.store_attr(from, d.attrs.emplace_back());
    } else {
      d.blocks.push_back(f.store_block(from));
    }
  }
}

}  // namespace corecast::ir
