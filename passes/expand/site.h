// What an expansion may see and do: one op, and the way to build its replacement before it.
#pragma once

#include <vector>

#include "base/strings.h"
#include "ir/builder.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/select.h"
#include "ops/rules.h"
#include "ops/shape/reshape.h"

namespace corecast::passes {

using ir::DType;
using ir::OpId;
using ir::OpKind;
using ir::Tensor;
using ir::Type;
using ir::ValueId;
using Values = std::vector<ValueId>;
using Ints = std::vector<std::int64_t>;

class Site {
 public:
  Site(ir::Function& f, const ir::Registry& registry, const ops::Rules& of_target, OpId at)
      : op(at), builder(f, registry, {f.op(at).block, at}), rules(of_target) {
    builder.set_location(f.op(at).location);
  }

  const OpId op;
  ir::Builder builder;
  const ops::Rules rules;  ///< of what the target can say

  ir::Function& f() { return builder.function(); }
  /// Whether the target (any, when none is set) has the op, or `part` of it: an operand, a
  /// parameter or a form that its rules name.
  template <class Op>
  bool may_have(std::string_view part = {}) const {
    return rules.may_have(Op::kind, part);
  }
  /// Whether a target is set, and has it.
  template <class Op>
  bool surely_has(std::string_view part = {}) const {
    return rules.surely_has(Op::kind, part);
  }

  template <class Op>
  Op get() {
    return *f().get_if<Op>(op);
  }
  template <class Op>
  ValueId add(const Op& fields) {
    return builder.add(fields);
  }
  const Type& type(ValueId v) const { return builder.type(v); }
  const ir::Shape& shape(ValueId v) const { return type(v).shape; }
  DType dtype(ValueId v) const { return type(v).dtype; }
  std::int64_t rank(ValueId v) const { return type(v).rank(); }
  const Tensor* constant(ValueId v) { return f().constant(v); }
  const Type& result_type() { return type(f().op(op).results.at(0)); }

  /// A scalar of v's dtype.
  ValueId like(ValueId v, double number) { return builder.scalar(dtype(v), number); }
  ValueId ints(const Ints& values) { return builder.ints(values); }
  /// v itself when it has the dtype already.
  ValueId cast(ValueId v, DType to) { return dtype(v) == to ? v : add(op::Cast{v, to}); }
  ValueId reshape(ValueId v, const Ints& to) { return add(op::Reshape{v, ints(to)}); }
  ValueId select(ValueId cond, ValueId a, ValueId b) { return add(op::Select{cond, a, b}); }

  /// Says why the op cannot be expressed, and what the user can do; the op stays and is reported.
  Values refuse(std::string why, std::string remedy = {}) {
    refusal = std::move(why);
    help = std::move(remedy);
    return {};
  }
  /// Refuses what the target takes from the version on that has `part` of Op.
  template <class Op>
  Values refuse_before(std::string_view part, std::string why) {
    return refuse_before(rules.row(Op::kind).since_of(part), std::move(why));
  }
  Values refuse_before(ops::Version since, std::string why) {
    return refuse(std::move(why), cat("raise the deployment target to ", rules.name(since)));
  }
  std::string refusal, help;
};

/// Replaces the op at the site by what it returns, one value per result; empty: it stays as it is.
struct Expansion {
  OpKind kind;
  Values (*expand)(Site&);
};
using Expansions = std::vector<Expansion>;

/// op::X{x, y} in short.
template <class Op>
ValueId binary(Site& s, ValueId x, ValueId y) {
  return s.add(Op{x, y});
}

}  // namespace corecast::passes
