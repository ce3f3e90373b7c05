// OpSchema: the one row that is known of an op. Builder checks, verifier, printer, parser,
// emission, passes, engines and the generated docs all ask it. What a target makes of the op is in
// the target's rules (ops/rules.h).
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "ir/attribute.h"
#include "ir/bounds.h"
#include "ir/context.h"
#include "ir/cost.h"
#include "ir/ids.h"
#include "ir/traits.h"

namespace corecast::ir {

struct Field;
struct OpData;

enum class OperandKind : std::uint8_t { required, optional, variadic };

struct OperandSpec {
  std::string_view name;  ///< as MIL spells it
  OperandKind kind = OperandKind::required;
  DTypeSet dtypes;  ///< element types the IR accepts
  std::string_view doc;
  /// Operands with the same non-zero group must have the same dtype.
  char group = 0;
  /// Positions: they need more digits than f16 has, and need not be of the data's type.
  bool positions = false;
};

struct AttrSpec {
  std::string_view name;  ///< as MIL spells it
  AttrKind kind = AttrKind::none;
  bool optional = false;  ///< may be unset
  Attribute fallback;     ///< the default; an attribute equal to it is not printed
  std::string_view doc;
  /// A number that only bounds or fills: the largest f16 says the same as one beyond it.
  bool limit = false;
};

struct BlockSpec {
  std::string_view name;  ///< as MIL spells it
  std::string_view doc;
};

struct OpSchema {
  OpSchema(OpKind k, OpTraits t) : kind(k), traits(t) {}

  OpKind kind;
  std::string_view name;  ///< the IR's spelling, as in MIL where MIL has the op
  std::string_view doc;
  OpTraits traits;
  std::vector<OperandSpec> operands;
  std::vector<AttrSpec> attrs;
  std::vector<BlockSpec> blocks;

  std::function<Result<Types>(const OpData&, InferContext&)> infer;
  std::function<Result<Tensors>(const OpData&, EvalContext&)> eval;
  /// Symbolic value of result 0; null when the op does no shape arithmetic.
  std::function<std::optional<Dims>(const OpData&, const InferContext&)> known;
  /// Bounds of a result's elements before they are rounded to its type; null: unknown.
  std::function<Interval(const OpData&, const BoundsContext&)> bounds;
  /// Empty where it depends on data.
  std::function<std::optional<Cost>(const OpData&, const CostContext&)> cost;
  /// Storage to the plain struct that the room's header declares, and back; `Op` must be this very
  /// op's struct (CHECKed): the struct of another may have other fields.
  template <class Op>
  Op load(const OpData& d) const {
    check_struct(Op::kind);
    Op fields{};
    read_fields(d, &fields);
    return fields;
  }
  template <class Op>
  void store(const Op& fields, OpData& d) const {
    check_struct(Op::kind);
    write_fields(&fields, d);
  }

  /// Position of the variadic operand, or -1.
  int variadic() const;
  /// The values of schema operand `index` within `op`: one (perhaps absent) or, variadic, many.
  std::span<const ValueId> operand(const OpData& op, std::size_t index) const;
  /// The schema operand that flat operand `flat` of `op` belongs to.
  std::size_t operand_index(const OpData& op, std::size_t flat) const;
  int attr_index(std::string_view name) const;
  int operand_index(std::string_view name) const;

 private:
  friend OpSchema assemble_schema(OpKind kind, OpTraits traits, std::vector<Field> fields);
  void check_struct(OpKind kind_of_struct) const;
  void read_fields(const OpData& d, void* fields) const;
  void write_fields(const void* fields, OpData& d) const;
  std::shared_ptr<const std::vector<Field>> fields_;
};

/// All schemas, by kind and by name. Immutable after construction.
class Registry {
 public:
  explicit Registry(std::vector<OpSchema> schemas);
  /// CHECKs that the kind is registered.
  const OpSchema& get(OpKind kind) const;
  const OpSchema* find(std::string_view name) const;
  std::span<const OpSchema> all() const { return schemas_; }

 private:
  std::vector<OpSchema> schemas_;
  std::vector<std::uint16_t> by_kind_;
  std::vector<std::pair<std::string_view, std::uint16_t>> by_name_;
};

}  // namespace corecast::ir
