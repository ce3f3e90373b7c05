#include "converter/coreml/rules.h"

#include <map>

#include "base/check.h"
#include "ops/ops.h"

namespace corecast::coreml {
namespace {

using ir::DType;

struct TypeRow {
  DType dtype;
  std::optional<Target> computes, feature;
};
constexpr auto kNone = std::nullopt;

/// Element types that ops compute with, or inputs and outputs have.
// clang-format off
constexpr TypeRow kTypes[] = {
    {DType::boolean, Target::ios15, kNone},
    {DType::string,  Target::ios15, kNone},
    {DType::f16,     Target::ios15, Target::ios16},
    {DType::f32,     Target::ios15, Target::ios15},
    {DType::i32,     Target::ios15, Target::ios15},
    {DType::i8,      Target::ios17, Target::ios26},
    {DType::u8,      Target::ios17, kNone},
    {DType::i16,     Target::ios17, kNone},
    {DType::u16,     Target::ios17, kNone},
};
// clang-format on

const TypeRow* find(DType dtype) {
  for (const TypeRow& row : kTypes) {
    if (row.dtype == dtype) return &row;
  }
  return nullptr;
}

}  // namespace

const ops::RuleTable& rules() {
  static const ops::RuleTable instance = [] {
    ops::RuleTable table{.family = "Core ML", .versions = {}, .largest_rank = 5, .rows = {}};
    for (const Target target : mil::kTargets) table.versions.push_back(name_of(target));
    table.rows = ops::mil_rows();
    return table;
  }();
  return instance;
}

ops::Rules rules_for(std::optional<Target> target) {
  return ops::Rules(rules(), target ? std::optional(mil::version_of(*target)) : std::nullopt);
}

Target target_of(ops::Version version) {
  CC_CHECK(version < std::size(mil::kTargets), "no such target");
  return static_cast<Target>(version);
}

std::span<const ir::OpKind> kinds_named(std::string_view mil_name) {
  static const auto index = [] {
    std::map<std::string_view, std::vector<ir::OpKind>> out;
    for (const auto& schema : ops::registry().all()) {
      const auto name = rules().row(schema.kind).name;
      if (!name.empty()) out[name].push_back(schema.kind);
    }
    return out;
  }();
  const auto it = index.find(mil_name);
  return it == index.end() ? std::span<const ir::OpKind>() : it->second;
}

std::optional<Target> computes_with(DType dtype) {
  const TypeRow* row = find(dtype);
  return row ? row->computes : std::nullopt;
}

std::optional<Target> feature_since(DType dtype) {
  const TypeRow* row = find(dtype);
  return row ? row->feature : std::nullopt;
}

}  // namespace corecast::coreml
