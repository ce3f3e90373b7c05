#include "ir/schema.h"

#include <algorithm>

#include "base/strings.h"
#include "ir/function.h"

namespace corecast::ir {

int OpSchema::variadic() const {
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (operands[i].kind == OperandKind::variadic) return static_cast<int>(i);
  }
  return -1;
}

std::span<const ValueId> OpSchema::operand(const OpData& op, std::size_t index) const {
  const std::span<const ValueId> all(op.operands);
  const int v = variadic();
  if (v < 0 || index < static_cast<std::size_t>(v)) return all.subspan(index, 1);
  const std::size_t many = all.size() - (operands.size() - 1);
  if (index == static_cast<std::size_t>(v)) return all.subspan(index, many);
  return all.subspan(index + many - 1, 1);
}

std::size_t OpSchema::operand_index(const OpData& op, std::size_t flat) const {
  const int v = variadic();
  if (v < 0 || flat < static_cast<std::size_t>(v)) return flat;
  const std::size_t many = op.operands.size() - (operands.size() - 1);
  const auto first = static_cast<std::size_t>(v);
  return flat < first + many ? first : flat - many + 1;
}

int OpSchema::attr_index(std::string_view wanted) const {
  for (std::size_t i = 0; i < attrs.size(); ++i) {
    if (attrs[i].name == wanted) return static_cast<int>(i);
  }
  return -1;
}

int OpSchema::operand_index(std::string_view wanted) const {
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (operands[i].name == wanted) return static_cast<int>(i);
  }
  return -1;
}

Registry::Registry(std::vector<OpSchema> schemas) : schemas_(std::move(schemas)) {
  for (std::size_t i = 0; i < schemas_.size(); ++i) {
    const auto& s = schemas_[i];
    const auto kind = static_cast<std::size_t>(s.kind);
    if (by_kind_.size() <= kind) by_kind_.resize(kind + 1, 0xffff);
    CC_CHECK(by_kind_[kind] == 0xffff, cat("two schemas of one kind: ", s.name));
    by_kind_[kind] = static_cast<std::uint16_t>(i);
    by_name_.emplace_back(s.name, static_cast<std::uint16_t>(i));
  }
  std::sort(by_name_.begin(), by_name_.end());
  for (std::size_t i = 1; i < by_name_.size(); ++i) {
    CC_CHECK(by_name_[i].first != by_name_[i - 1].first, cat("two ops named ", by_name_[i].first));
  }
}

const OpSchema& Registry::get(OpKind kind) const {
  const auto i = static_cast<std::size_t>(kind);
  CC_CHECK(i < by_kind_.size() && by_kind_[i] != 0xffff, "op kind is not registered");
  return schemas_[by_kind_[i]];
}

const OpSchema* Registry::find(std::string_view name) const {
  const auto it =
      std::lower_bound(by_name_.begin(), by_name_.end(), name,
                       [](const auto& entry, std::string_view n) { return entry.first < n; });
  return it != by_name_.end() && it->first == name ? &schemas_[it->second] : nullptr;
}

}  // namespace corecast::ir
