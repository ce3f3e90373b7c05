// Patterns: small trees that describe a computation, and the matcher that finds them.
//
//   const auto x = var("x");
//   x * 0.5 * (is<op::Erf>(x / kSqrt2) + 1.0)
//
// - A variable matches any value; used twice, or a name given twice, it must be the same value.
// - Ops that their schema calls commutative match with swapped operands.
// - Every matched op but the root must be used inside the match only, unless it is `.shared()`.
// - Operands without a sub-pattern may be anything.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <set>
#include <string_view>

#include "ir/builder.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/rules.h"

namespace corecast::passes {

using ir::OpId;
using ir::OpKind;
using ir::Tensor;
using ir::Type;
using ir::ValueId;

class Match;
struct PatternNode;

class Pattern {
 public:
  Pattern(double value);  // NOLINT(google-explicit-constructor): `x * 0.5` reads as the formula
  explicit Pattern(std::shared_ptr<const PatternNode> node) : node_(std::move(node)) {}

  /// The value can be asked for by this name.
  Pattern named(std::string_view name) const;
  /// May be used outside the match as well (and is then computed twice).
  Pattern shared() const;
  /// Only where the predicate holds. It sees what was matched before this place.
  Pattern where(std::function<bool(const Match&, ValueId)> predicate) const;
  /// Only where the op's fields satisfy the predicate: `.with<op::Softmax>([](const auto& s)
  /// {...})`.
  template <class Op, class Predicate>
  Pattern with(Predicate predicate) const;

  const PatternNode& node() const { return *node_; }
  /// Kinds that the outermost op can have; empty: it may be anything.
  std::set<OpKind> root_kinds() const;
  /// Longest chain of ops.
  int depth() const;

 private:
  std::shared_ptr<const PatternNode> node_;
};

/// Any value.
Pattern var(std::string_view name);
/// Any constant (compressed ones are ops, and do not match).
Pattern any_constant(std::string_view name);
/// A constant whose elements all equal `value`, to the accuracy of a 16- or 32-bit float that
/// stands for it (relative 2e-3 and 1e-5).
Pattern constant(double value);
/// A constant whose elements all are this very number.
Pattern exactly(double value);
/// The first alternative that leads to a match.
Pattern any_of(std::initializer_list<Pattern> alternatives);
Pattern op_pattern(OpKind kind, std::vector<Pattern> operands);

/// The single result of an op of this kind; sub-patterns for its first operands.
template <class Op, class... P>
Pattern is(const P&... operands) {
  return op_pattern(Op::kind, {Pattern(operands)...});
}

inline Pattern operator+(const Pattern& a, const Pattern& b) { return is<op::Add>(a, b); }
inline Pattern operator-(const Pattern& a, const Pattern& b) { return is<op::Sub>(a, b); }
inline Pattern operator*(const Pattern& a, const Pattern& b) { return is<op::Mul>(a, b); }
inline Pattern operator/(const Pattern& a, const Pattern& b) { return is<op::RealDiv>(a, b); }

/// What a pattern was found to stand for, and the way to build its replacement before the root.
class Match {
 public:
  Match(ir::Builder& builder, OpId op, const ops::Rules& target_rules = {})
      : root(op), rules(target_rules), builder_(&builder) {}

  const OpId root;
  /// Of what the module is to run on.
  const ops::Rules rules;

  /// CHECKs that the name was matched.
  ValueId operator[](std::string_view name) const;
  bool has(std::string_view name) const { return bindings_.find(name) != bindings_.end(); }
  const Type& type(std::string_view name) const { return function().type((*this)[name]); }
  const Type& type(ValueId v) const { return function().type(v); }
  const Tensor& tensor(std::string_view name) const { return *function().constant((*this)[name]); }
  const Tensor* constant(ValueId v) const { return function().constant(v); }
  /// The fields of the op that defines a named value. CHECKs its kind.
  template <class Op>
  Op op(std::string_view name) const {
    auto fields = function().def_if<Op>((*this)[name]);
    CC_CHECK(fields.has_value(), "matched op is of another kind");
    return *fields;
  }
  template <class Op>
  Op root_op() const {
    return *function().get_if<Op>(root);
  }
  /// The type of the value that is being replaced.
  const Type& result_type() const { return function().type(function().op(root).results[0]); }
  const ir::Function& function() const { return builder_->function(); }

  /// Adds an op before the root. An op that does not fit gives an empty id, and the rule does not
  /// apply.
  template <class Op>
  ValueId add(const Op& op) {
    if (failed_) return {};
    auto id = builder_->try_add(op);
    if (!id) {
      failed_ = true;
      return {};
    }
    return function().op(*id).results.at(0);
  }
  ValueId constant(Tensor t) { return builder_->constant(std::move(t)); }
  ValueId scalar(ir::DType dtype, double value) { return builder_->scalar(dtype, value); }
  ValueId ints(const std::vector<std::int64_t>& values) { return builder_->ints(values); }
  bool failed() const { return failed_; }
  ir::Builder& builder() { return *builder_; }

 private:
  friend class Matcher;
  ir::Builder* builder_;
  std::map<std::string_view, ValueId> bindings_;
  std::vector<OpId> ops_;    // matched, the root first
  std::vector<OpId> inner_;  // those that must not be used elsewhere
  bool failed_ = false;
};

/// Fills `m` (fresh) when the op `m.root` computes the pattern.
bool match(const Pattern& pattern, Match& m);

template <class Op, class Predicate>
Pattern Pattern::with(Predicate predicate) const {
  return where([predicate](const Match& m, ValueId v) {
    const auto fields = m.function().def_if<Op>(v);
    return fields && predicate(*fields);
  });
}

/// The number that every element of v equals, when v is a constant and they do; looks at no more
/// than 4096 elements and otherwise gives up.
std::optional<double> uniform_constant(const ir::Function& f, ValueId v);

}  // namespace corecast::passes
