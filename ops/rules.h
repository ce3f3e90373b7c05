// What a target can say, as data: one row per op. A target's table is made once (Core ML's from the
// facts in the op rooms, converter/coreml/rules.cpp). Whoever asks whether a version of the target
// takes an op, an operand, a parameter, an element type or a rank, asks here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/dtype.h"
#include "ir/ids.h"

namespace corecast::ir {
class Function;
}

namespace corecast::ops {

/// Position in RuleTable::versions, oldest first.
using Version = std::uint8_t;
inline constexpr Version kAlways = 0;
inline constexpr Version kNever = 0xff;

/// An operand that the target takes otherwise than the IR.
struct OperandRule {
  std::string_view name;
  Version since = kAlways;
  /// Before, the value must be a constant or a compressed weight.
  Version computed_since = kAlways;
  /// Element types, when they are fewer than the schema's.
  std::optional<ir::DTypeSet> takes{};
  /// Element types among them that came later than the operand.
  ir::DTypeSet later{};
  Version later_since = kAlways;

  /// The first version that takes the type, of those with the operand; kNever: none does.
  Version since_of(ir::DType dtype) const;
};

/// A parameter that the target has otherwise than the IR.
struct ParameterRule {
  std::string_view name;
  /// In older versions it must equal the default; kNever: the IR alone knows it.
  Version since = kAlways;
  /// Its element type. Unset: i32 for integers, that of the op's data for floats.
  std::optional<ir::DType> dtype{};
  bool tuple = false;  ///< a tuple of scalars, not a vector
};

/// Whether an op says what came later than its like. It is given ops of its own kind only.
using Says = bool (*)(const ir::Function&, ir::OpId);

/// What came later than its op and is no operand or parameter: a value of one, a meaning, a type.
struct FormRule {
  std::string_view name;
  Version since = kAlways;
  /// Null: an op may be written with the form and without it, it says so in neither case.
  Says says = nullptr;
};

struct OpRule {
  std::string_view name;  ///< in the target; empty: it has no such op
  Version since = kAlways;
  Version until = kNever;  ///< the first version without it
  std::vector<OperandRule> operands{};
  std::vector<ParameterRule> parameters{};
  std::vector<FormRule> forms{};

  /// The rule, or one that says nothing: there is nothing to say of most.
  const OperandRule& operand(std::string_view operand) const;
  const ParameterRule& parameter(std::string_view parameter) const;
  /// Null when the op has no form of that name.
  const FormRule* form(std::string_view form) const;
  /// The first version that has the op and `part` of it, an operand, a parameter or a form; empty:
  /// the op itself. A part without a rule is as old as the op. kNever when there is no such op.
  Version since_of(std::string_view part) const;
  /// The first version that takes the type in every operand that a rule speaks of.
  Version since_of(ir::DType dtype) const;
};

struct RuleTable {
  std::string_view family;                 ///< "Core ML": for messages
  std::vector<std::string_view> versions;  ///< "ios15", ...: oldest first
  std::int64_t largest_rank = INT64_MAX;   ///< of what ops compute
  std::vector<OpRule> rows;                ///< by OpKind

  /// A row without a name when the table has none.
  const OpRule& row(ir::OpKind kind) const;
};

/// A table as one version sees it or, while none is chosen, as some version may.
class Rules {
 public:
  /// No target: everything may be said, nothing surely.
  Rules() = default;
  /// `table` must outlive this object.
  explicit Rules(const RuleTable& table, std::optional<Version> version = {})
      : table_(&table), version_(version) {}

  explicit operator bool() const { return table_ != nullptr; }
  /// CHECKs that there is one.
  const RuleTable& table() const;
  std::optional<Version> version() const { return version_; }
  /// Of the chosen version; empty when none is.
  std::string_view name() const { return version_ ? name(*version_) : std::string_view(); }
  std::string_view name(Version version) const { return table().versions.at(version); }
  const OpRule& row(ir::OpKind kind) const;

  /// Whether the chosen version (any at all, while none is chosen) has what came with `since`.
  bool may_have(Version since) const {
    return since != kNever && (!version_ || since <= *version_);
  }
  /// Whether a version is chosen that has lost what ended with `until`.
  bool has_lost(Version until) const { return version_ && *version_ >= until; }
  /// Whether a version is chosen that has what came with `since`.
  bool surely_has(Version since) const { return version_ && since <= *version_; }
  /// The same of an op, or of `part` of one (OpRule::since_of).
  bool may_have(ir::OpKind kind, std::string_view part = {}) const {
    return !table_ || may_have(row(kind).since_of(part));
  }
  bool surely_has(ir::OpKind kind, std::string_view part = {}) const {
    return table_ && surely_has(row(kind).since_of(part));
  }

 private:
  const RuleTable* table_ = nullptr;
  std::optional<Version> version_;
};

}  // namespace corecast::ops
