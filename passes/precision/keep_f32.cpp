#include "passes/precision/keep_f32.h"

#include <cmath>
#include <regex>
#include <set>

#include "base/strings.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_binary.h"
#include "passes/precision/differences.h"
#include "passes/precision/wide_values.h"

namespace corecast::passes::precision {

using ir::Digits;
using ir::DType;
using ir::Function;
using ir::OpData;
using ir::OpId;
using ir::OpKind;
using ir::Saturates;
using ir::Scale;
using ir::ValueId;
using ir::Walk;

const HalfRange& Ranges::of(ValueId constant) {
  const auto [it, fresh] = known_.try_emplace(constant);
  if (fresh) it->second = half_range(*f_.constant(constant), pool_, stop_);
  return it->second;
}

namespace {

/// Ops that compute positions: they move numbers or do a little arithmetic.
bool is_cheap(const OpData& op) { return op.schema->traits.looks_through(Walk::positions); }

/// Why an op stays in f32 for the sake of its own numbers.
std::optional<Reason> reason_of(Digits digits) {
  switch (digits) {
    case Digits::random_numbers: return Reason::random_numbers;
    case Digits::pixel_positions: return Reason::pixel_positions;
    case Digits::counts: return Reason::counts;
    case Digits::sums_of_squares: return Reason::sums_of_squares;
    case Digits::few:
    case Digits::angles:
    case Digits::small_values: return std::nullopt;
  }
  CC_UNREACHABLE("digits");
}

bool is_f32(const Function& f, ValueId v) {
  return v && f.type(v).is_tensor() && f.type(v).dtype == DType::f32;
}
bool is_whole(DType d) { return ir::is_integer(d) || d == DType::boolean; }

class Keeper {
 public:
  Keeper(const Function& f, const CastFp16Options& options, const ops::Rules& rules, Ranges& ranges)
      : f_(f), options_(options), rules_(rules), ranges_(ranges) {}

  Result<std::map<OpId, Kept>> run() {
    for (const std::string& text : options_.keep_names) {
      try {
        names_.emplace_back(text);
      } catch (const std::regex_error& e) {
        return Error(Code::E1201,
                     cat("malformed regular expression ", quote(text), ": ", e.what()));
      }
    }
    for_each_op(f_, [&](OpId id) { ops_.push_back(id); });
    for (const OpId id : ops_) {
      if (!is_boundary(f_, id)) by_itself(id);
    }
    positions();
    under_logarithms();
    for (const OpId id : cancellations(f_)) {
      if (!is_boundary(f_, id)) keep(id, Reason::cancels);
    }
    reasons_.merge(ways_out_and_back(f_, ranges_));
    return std::move(reasons_);
  }

 private:
  void keep(OpId id, Reason reason, std::vector<std::string> details = {}) {
    reasons_.try_emplace(id, Kept{reason, std::move(details)});
  }

  void by_itself(OpId id) {
    const OpData& op = f_.op(id);
    if (options_.keep_kinds.contains(op.schema->name)) return keep(id, Reason::asked_by_op);
    if (named(op)) return keep(id, Reason::asked_by_name);
    const ops::OpRule& rule = rules_.row(op.schema->kind);
    const ops::Version half = rule.since_of(ir::DType::f16);
    if (half > rule.since && !rules_.surely_has(half))
      return keep(id, Reason::target_too_old, {std::string(rules_.name(half))});
    if (const auto reason = reason_of(op.schema->traits.digits)) return keep(id, *reason);
    if (f_.is(id, OpKind::ReduceSum) || f_.is(id, OpKind::ReduceMean)) squares(id);
    if (!reasons_.contains(id)) constants(id);
  }

  bool named(const OpData& op) const {
    for (const auto& name : names_) {
      for (const ValueId v : op.results) {
        if (std::regex_match(f_.value(v).name, name)) return true;
      }
      if (op.location && std::regex_match(op.location->node, name)) return true;
    }
    return false;
  }

  bool is_square(OpId id) const {
    if (!id) return false;
    if (f_.is(id, OpKind::Square)) return true;
    if (const auto m = f_.get_if<op::Mul>(id)) return m->x == m->y;
    if (const auto p = f_.get_if<op::Pow>(id)) {
      const ir::Tensor* e = f_.constant(p->y);
      return e && e->count() == 1 && e->at(0) == 2;
    }
    return false;
  }

  /// The mean of squares up to its root: squares of numbers above 255 are beyond f16.
  void squares(OpId id) {
    const ValueId x = f_.op(id).operands.at(0);
    if (f_.value(x).kind != ir::ValueKind::op_result || !is_square(f_.def(x))) return;
    constexpr Reason why = Reason::sums_of_squares;
    keep(f_.def(x), why);
    keep(id, why);
    // How norms are spelled: a pattern, not what these ops have in common.
    static const std::set<OpKind> tail = {OpKind::Add,     OpKind::Rsqrt, OpKind::Sqrt,
                                          OpKind::Maximum, OpKind::Clip,  OpKind::Inverse,
                                          OpKind::Pow,     OpKind::Mul,   OpKind::RealDiv};
    ValueId v = f_.op(id).results[0];
    for (int step = 0; step < 3 && f_.value(v).uses.size() == 1; ++step) {
      const OpId user = f_.value(v).uses[0].op;
      if (!user || !tail.contains(f_.op(user).schema->kind)) return;
      // With a number: the rest of the norm. With a tensor: back to the data.
      for (const ValueId other : f_.op(user).operands) {
        if (other && other != v && !f_.is_constant(other) && !ends_in_number(other)) return;
      }
      keep(user, why);
      if (f_.is(user, OpKind::Rsqrt) || f_.is(user, OpKind::Sqrt)) return;
      v = f_.op(user).results[0];
    }
  }
  bool ends_in_number(ValueId v) const { return f_.type(v).is_scalar(); }

  void constants(OpId id) {
    const OpData& op = f_.op(id);
    for (const ValueId v : op.operands) {
      if (!is_f32(f_, v) || !f_.is_constant(v)) continue;
      const HalfRange& r = ranges_.of(v);
      if (r.overflows() && !saturates(id, r)) {
        return keep(id, Reason::constant, {cat(r.most > kLargestHalf ? r.most : r.least)});
      }
      if (op.schema->traits.scales && r.count <= 400 && r.worst_error > 0.01)
        return keep(id, Reason::small_factor);
    }
    for (std::size_t i = 0; i < op.attrs.size(); ++i) {
      const auto* number = std::get_if<double>(&op.attrs[i]);
      if (!number || !std::isfinite(*number) || std::fabs(*number) <= kLargestHalf) continue;
      const ir::AttrSpec& spec = op.schema->attrs[i];
      if (!spec.limit) return keep(id, Reason::attribute, {std::string(spec.name), cat(*number)});
    }
  }

  /// Whether the largest f16 says the same as the constant: as a limit, as "nothing" in a mask.
  bool saturates(OpId id, const HalfRange& r) const {
    constexpr double endless = 1e38;
    const bool all_endless = (r.most <= kLargestHalf || r.most >= endless) &&
                             (r.least >= -kLargestHalf || r.least <= -endless);
    switch (f_.op(id).schema->traits.saturates) {
      case Saturates::as_limit: return true;
      case Saturates::as_addend: return r.most <= kLargestHalf || all_endless;
      case Saturates::as_factor: return (r.most <= kLargestHalf && masks(id)) || all_endless;
      case Saturates::never: return all_endless;
    }
    CC_UNREACHABLE("saturates");
  }

  /// Whether the op's other operand is a mask: 0 or 1, from bools or whole numbers.
  bool masks(OpId id) const {
    for (ValueId v : f_.op(id).operands) {
      for (int step = 0; step < 8 && v && !f_.is_constant(v); ++step) {
        const OpId def = f_.def(v);
        if (!def) break;
        const OpData& op = f_.op(def);
        if (f_.is(def, OpKind::Cast)) return is_whole(f_.type(op.operands[0]).dtype);
        if (!is_cheap(op)) break;
        ValueId next;
        for (const ValueId o : op.operands) {
          if (is_f32(f_, o) && !f_.is_constant(o)) next = o;
        }
        v = next;
      }
    }
    return false;
  }

  /// What a logarithm is taken of: it turns relative errors of small values into absolute ones, and
  /// small values have few digits in f16, or are 0 there. Goes back to what brings values to a
  /// known scale, or to the inputs: the spectrum of a sound stays in f32 as a whole.
  void under_logarithms() {
    std::set<ValueId> wanted;
    for (auto it = ops_.rbegin(); it != ops_.rend(); ++it) {
      const OpData& op = f_.op(*it);
      const ir::OpTraits& traits = op.schema->traits;
      bool result_wanted = traits.digits == Digits::small_values;
      for (const ValueId v : op.results) result_wanted = result_wanted || wanted.contains(v);
      if (!result_wanted || traits.scale != Scale::of_operands || is_boundary(f_, *it)) continue;
      for (const ValueId v : op.operands) {
        if (is_f32(f_, v)) wanted.insert(v);
      }
      keep(*it, Reason::under_logarithm);
    }
  }

  /// Numbers that cheap ops make of inputs and whole numbers, on their way to angles or back to
  /// whole numbers: positions, sizes, time steps.
  void positions() {
    std::set<ValueId> derived;
    for (const ValueId v : f_.block(f_.entry()).args) {
      if (is_f32(f_, v)) derived.insert(v);
    }
    auto is_derived = [&](ValueId v) {
      return !is_f32(f_, v) || f_.is_constant(v) || derived.contains(v);
    };
    for (const OpId id : ops_) {
      const OpData& op = f_.op(id);
      const bool from_whole = f_.is(id, OpKind::Cast) && is_whole(f_.type(op.operands[0]).dtype);
      bool all = from_whole || is_cheap(op);
      for (const ValueId v : op.operands) all = all && is_derived(v);
      if (!all) continue;
      for (const ValueId v : op.results) {
        if (is_f32(f_, v)) derived.insert(v);
      }
    }
    std::set<ValueId> wanted;
    for (auto it = ops_.rbegin(); it != ops_.rend(); ++it) {
      const OpData& op = f_.op(*it);
      const bool angle = op.schema->traits.digits == Digits::angles;
      const bool to_whole = f_.is(*it, OpKind::Cast) && is_whole(f_.type(op.results.at(0)).dtype) &&
                            f_.type(op.results[0]).dtype != DType::boolean;
      bool result_wanted = angle || to_whole || is_fraction(f_, *it);
      for (const ValueId v : op.results) result_wanted = result_wanted || wanted.contains(v);
      if (!result_wanted) continue;
      bool all = true;
      for (const ValueId v : op.operands) all = all && is_derived(v);
      if (!all || !(is_cheap(op) || to_whole)) continue;
      for (const ValueId v : op.operands) {
        if (is_f32(f_, v)) wanted.insert(v);
      }
      if (!is_boundary(f_, *it)) keep(*it, angle ? Reason::angles : Reason::positions);
    }
  }

  const Function& f_;
  const CastFp16Options& options_;
  const ops::Rules& rules_;
  Ranges& ranges_;
  std::vector<std::regex> names_;
  std::vector<OpId> ops_;
  std::map<OpId, Kept> reasons_;
};

}  // namespace

bool is_boundary(const Function& f, OpId id) {
  const OpData& op = f.op(id);
  if (!op.blocks.empty() || f.is(id, OpKind::Cast)) return true;
  for (const ValueId v : op.results) {
    if (!f.type(v).is_tensor()) return true;
  }
  for (const ValueId v : op.operands) {
    if (v && !f.type(v).is_tensor()) return true;
  }
  for (const ValueId v : op.operands) {
    if (is_f32(f, v)) return false;
  }
  return true;
}

double limit_for(const Function& f, OpId id) {
  constexpr double half_way = 30000;
  const Saturates how = f.op(id).schema->traits.saturates;
  const bool masks = how == Saturates::as_addend || how == Saturates::as_factor;
  return masks ? half_way : kLargestHalf;
}

Result<std::map<OpId, Kept>> ops_to_keep(const Function& f, const CastFp16Options& options,
                                         const ops::Rules& rules, Ranges& ranges) {
  return Keeper(f, options, rules, ranges).run();
}

}  // namespace corecast::passes::precision
