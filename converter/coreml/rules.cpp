#include "converter/coreml/rules.h"

#include <map>

#include "base/check.h"
#include "ops/ops.h"

namespace corecast::coreml {
namespace {

using ir::DType;

struct TypeRow {
  DType dtype;
  std::optional<Target> computes, feature, stored;
};
constexpr auto kNone = std::nullopt;

/// Element types that ops compute with, inputs and outputs have, or weight files hold.
// clang-format off
constexpr TypeRow kTypes[] = {
    {DType::boolean, Target::ios15, kNone,         kNone},
    {DType::string,  Target::ios15, kNone,         kNone},
    {DType::f16,     Target::ios15, Target::ios16, Target::ios15},
    {DType::f32,     Target::ios15, Target::ios15, Target::ios15},
    {DType::bf16,    kNone,         kNone,         Target::ios18},
    {DType::f8e4m3,  kNone,         kNone,         Target::ios18},
    {DType::f8e5m2,  kNone,         kNone,         Target::ios18},
    {DType::i8,      Target::ios17, Target::ios26, Target::ios15},
    {DType::i16,     Target::ios17, kNone,         Target::ios18},
    {DType::i32,     Target::ios15, Target::ios15, Target::ios18},
    {DType::i4,      kNone,         kNone,         Target::ios18},
    {DType::u8,      Target::ios17, kNone,         Target::ios15},
    {DType::u16,     Target::ios17, kNone,         Target::ios18},
    {DType::u32,     kNone,         kNone,         Target::ios18},
    {DType::u6,      kNone,         kNone,         Target::ios18},
    {DType::u4,      kNone,         kNone,         Target::ios18},
    {DType::u3,      kNone,         kNone,         Target::ios18},
    {DType::u2,      kNone,         kNone,         Target::ios18},
    {DType::u1,      kNone,         kNone,         Target::ios18},
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

std::optional<Target> stored_since(DType dtype) {
  const TypeRow* row = find(dtype);
  return row ? row->stored : std::nullopt;
}

}  // namespace corecast::coreml
