#include "passes/precision/wide_values.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "ir/bounds.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/reduction/cumsum.h"
#include "ops/reduction/reduction.h"
#include "passes/pattern.h"

namespace corecast::passes::precision {

using ir::Accumulates;
using ir::DType;
using ir::Function;
using ir::Interval;
using ir::OpData;
using ir::OpId;
using ir::OpKind;
using ir::ValueId;

// --- bounds ----------------------------------------------------------------------------------

Interval Bounds::of(ValueId v, int depth) {
  constexpr int deep = 24;
  if (!v || depth > deep || !f_.type(v).is_tensor()) return {};
  const auto known = known_.find(v);
  if (known != known_.end()) return known->second;
  const Interval found = computed(v, depth);
  known_.emplace(v, found);
  return found;
}

Interval Bounds::computed(ValueId v, int depth) {
  if (const ir::Tensor* t = f_.constant(v)) {
    if (t->dtype() != DType::f32) return t->count() <= 4096 ? ir::bounds_of(*t) : Interval();
    const HalfRange& r = ranges_.of(v);
    return t->count() == 1 ? Interval::only(t->at(0)) : Interval{r.least, r.most};
  }
  const OpId def = f_.def(v);
  if (!def || !f_.op(def).blocks.empty()) return {};
  if (const auto sub = f_.get_if<op::Sub>(def)) {  // x - max(x)
    const auto most = f_.def_if<op::ReduceMax>(sub->y);
    if (most && most->x == sub->x) return Interval::at_most(0);
  }
  const auto& results = f_.op(def).results;
  const auto place = std::find(results.begin(), results.end(), v) - results.begin();
  return ir::bounds_of_result(f_, def, static_cast<std::size_t>(place),
                              [&](ValueId operand) { return of(operand, depth + 1); });
}

// --- ways ------------------------------------------------------------------------------------

namespace {

constexpr double kFarAway = 16;  ///< a constant factor that changes the range to speak of
constexpr double kLarge = 1024;  ///< one that alone may leave it
constexpr const char* kIntegers = "a sum of integers";
constexpr int kLongestWay = 12;  ///< further on, it is another part of the model
constexpr int kLongestProduct = 5;

using Kinds = std::set<OpKind>;

/// Of e^x and its kin: how far x may go until f16 overflows.
constexpr double kLargestExponent = 11;

/// Whatever is large becomes small, or the difference between large values counts.
const Kinds& closers() {
  static const Kinds kinds = {OpKind::Log,          OpKind::Sqrt,        OpKind::Rsqrt,
                              OpKind::Inverse,      OpKind::LayerNorm,   OpKind::L2Norm,
                              OpKind::ReduceLogSum, OpKind::InstanceNorm};
  return kinds;
}

/// An infinity says the same as the large value.
const Kinds& limiters() {
  static const Kinds kinds = {OpKind::Tanh, OpKind::Sigmoid, OpKind::Clip, OpKind::Minimum,
                              OpKind::Sign, OpKind::Relu6,   OpKind::Atan, OpKind::SigmoidHard,
                              OpKind::Erf,  OpKind::Greater, OpKind::Less};
  return kinds;
}

class Ways {
 public:
  Ways(const Function& f, Ranges& ranges) : f_(f), bounds_(f, ranges) {}

  std::map<OpId, Kept> run() {
    for_each_op(f_, [&](OpId id) { ops_.push_back(id); });
    for (const OpId id : ops_) forward(id);
    for (auto it = ops_.rbegin(); it != ops_.rend(); ++it) backward(*it);
    return std::move(kept_);
  }

 private:
  bool is_f32(ValueId v) const {
    return v && f_.type(v).is_tensor() && f_.type(v).dtype == DType::f32;
  }
  bool is_wide(ValueId v) const { return v && origin_.contains(v); }
  bool is_large(ValueId v) const { return is_wide(v) && !origin_.at(v).is_product; }
  std::string name(OpId id) const { return std::string(f_.op(id).schema->name); }

  std::optional<double> number(ValueId v) const {
    return v ? uniform_constant(f_, v) : std::nullopt;
  }

  void forward(OpId id) {
    const OpData& op = f_.op(id);
    if (op.results.empty() || !is_f32(op.results[0]) || !op.blocks.empty()) return;
    if (closes(id)) {
      if (turns_over(op)) reciprocals_.insert(op.results[0]);
      if (f_.is(id, OpKind::Sqrt) || f_.is(id, OpKind::Pow)) roots_.insert(op.results[0]);
      if (turns_over(op)) origin_.emplace(op.results[0], Origin{name(id), 0, true});
      if (!goes_on(op)) return;
    }
    if (limiters().contains(op.schema->kind)) return;
    Origin from{makes(id), f_.is(id, OpKind::Cast) ? kLongestWay - 3 : 0};
    const bool product = (f_.is(id, OpKind::Matmul) || f_.is(id, OpKind::Mul)) &&
                         !f_.is_constant(op.operands[0]) && !f_.is_constant(op.operands[1]);
    if (f_.is(id, OpKind::ReduceL2Norm)) roots_.insert(op.results[0]);
    if (from.maker.empty() && carries(op)) {
      for (const ValueId v : op.operands) {
        if (!is_wide(v) || origin_.at(v).steps == kLongestWay) continue;
        if (!is_large(v) && (!carries_product(op) || origin_.at(v).steps == kLongestProduct))
          continue;
        const Origin& o = origin_.at(v);
        if (from.maker.empty() || from.is_product || (!o.is_product && o.steps + 1 < from.steps))
          from = {o.maker, o.steps + 1, o.is_product};
      }
    }
    if (from.maker.empty() && product) from = {name(id), 0, true};
    if (!from.maker.empty()) origin_.emplace(op.results[0], std::move(from));
  }

  /// Whether large operands make large results. Layers with weights do not count: their operands
  /// are what f16 was chosen for.
  bool carries(const OpData& op) const {
    const ir::OpTraits& t = op.schema->traits;
    if (t.elementwise || t.moves != ir::Moves::nothing) return true;
    if (op.schema->kind == OpKind::Matmul) return !f_.is_constant(op.operands[1]);
    static const Kinds sums = {OpKind::ReduceSum, OpKind::ReduceMean, OpKind::ReduceL1Norm,
                               OpKind::Cumsum};
    return sums.contains(op.schema->kind);
  }

  static bool carries_product(const OpData& op) {
    static const Kinds kinds = {OpKind::Matmul, OpKind::Add, OpKind::Sub, OpKind::Maximum,
                                OpKind::ReduceSum};
    return kinds.contains(op.schema->kind) || op.schema->traits.moves == ir::Moves::permutes ||
           op.schema->traits.moves == ir::Moves::views;
  }

  /// What makes the op's result leave the range where its operands are within it; empty: nothing.
  std::string makes(OpId id) {
    const OpData& op = f_.op(id);
    switch (op.schema->kind) {
      case OpKind::Exp:
      case OpKind::Sinh:
      case OpKind::Cosh: return bounds_.of(op.operands[0]).hi > kLargestExponent ? name(id) : "";
      case OpKind::Cast: return accumulates(op.operands[0]) ? kIntegers : "";
      case OpKind::Conv:
      case OpKind::ConvTranspose:
      case OpKind::Linear:
      case OpKind::Matmul: return becomes_whole(op.results[0]) ? name(id) : "";
      case OpKind::ReduceProd: return name(id);
      case OpKind::Cumsum:
      case OpKind::ReduceSum:
      case OpKind::ReduceL1Norm: return is_long_sum(id) ? name(id) : "";
      case OpKind::ReduceSumSquare: return name(id);
      case OpKind::Square: return overflows(op.results[0]) ? name(id) : "";
      case OpKind::Mul: return is_large_product(op) ? name(id) : "";
      case OpKind::RealDiv: {
        const auto c = number(op.operands[1]);
        return c && std::fabs(*c) <= 1 / kLarge ? name(id) : "";
      }
      case OpKind::Pow: {
        const auto c = number(op.operands[1]);
        return c && *c > 1 && overflows(op.results[0]) ? name(id) : "";
      }
      default: return "";
    }
  }

  bool overflows(ValueId v) {
    const Interval b = bounds_.of(v);
    return b.hi > kLargestHalf || b.lo < -kLargestHalf;
  }

  bool is_large_product(const OpData& op) {
    const ValueId x = op.operands[0], y = op.operands[1];
    if (x == y || (roots_.contains(x) && roots_.contains(y)) || is_scalar_product(op))
      return overflows(op.results[0]);
    for (const ValueId v : op.operands) {
      if (!f_.is_constant(v)) continue;
      const Interval b = bounds_.of(v);
      const double most = std::max(b.hi, -b.lo);
      // Beyond f16 it is a mask, or kept for its own sake.
      if (most >= kLarge && most <= kLargestHalf && overflows(op.results[0])) return true;
    }
    return false;
  }

  /// Of two values that may be large as well: what a scalar product, or a covariance, adds up.
  bool is_scalar_product(const OpData& op) {
    for (const ValueId v : op.operands) {
      if (!std::isinf(bounds_.of(v).hi)) return false;
    }
    for (const ir::Use& use : f_.value(op.results[0]).uses) {
      if (use.op && (f_.is(use.op, OpKind::ReduceSum) || f_.is(use.op, OpKind::ReduceMean)))
        return true;
    }
    return false;
  }

  /// A sum of products that stands for one of integers.
  bool becomes_whole(ValueId v) const {
    for (const ir::Use& use : f_.value(v).uses) {
      if (use.op && f_.is(use.op, OpKind::Cast) &&
          ir::is_integer(f_.type(f_.op(use.op).results[0]).dtype))
        return true;
    }
    return false;
  }

  /// Integers that were added up, or multiplied.
  bool accumulates(ValueId v) const {
    for (int step = 0; step < 4 && v; ++step) {
      const OpId def = f_.def(v);
      if (!def || !ir::is_integer(f_.type(v).dtype)) return false;
      const OpData& op = f_.op(def);
      if (op.schema->traits.accumulates == Accumulates::sums) return true;
      if (f_.is(def, OpKind::Cast)) return sums_floats(op.operands[0]);
      if (op.operands.empty()) return false;
      v = op.operands[0];
    }
    return false;
  }
  bool sums_floats(ValueId v) const {
    const OpId def = f_.def(v);
    return def && f_.op(def).schema->traits.accumulates == Accumulates::sums;
  }

  /// Number of elements times their bound; 64 where there is none.
  bool is_long_sum(OpId id) {
    constexpr double usual = 64;
    const ValueId x = f_.op(id).operands[0];
    const Interval b = bounds_.of(x);
    double most = std::max(std::fabs(b.lo), std::fabs(b.hi));
    if (!std::isfinite(most)) {
      most = usual;
      if (const auto m = f_.def_if<op::Mul>(x)) {
        for (const ValueId v : {m->x, m->y}) {
          const Interval weights = f_.is_constant(v) ? bounds_.of(v) : Interval::only(1);
          most *= std::max({weights.hi, -weights.lo, 1.0});
        }
      }
    }
    return most * count(id) > kLargestHalf;
  }
  double count(OpId id) const {
    const ir::Shape& from = f_.type(f_.op(id).operands[0]).shape;
    if (const auto c = f_.get_if<op::Cumsum>(id)) {
      const auto axis = c->axis < 0 ? c->axis + static_cast<std::int64_t>(from.size()) : c->axis;
      return size_of(from[static_cast<std::size_t>(axis)]);
    }
    double all = 1, left = 1;
    for (const ir::Dim& d : from) all *= size_of(d);
    for (const ir::Dim& d : f_.type(f_.op(id).results[0]).shape) left *= size_of(d);
    return all / left;
  }
  /// A symbol counts as the most it may be, or as `usual` where it may be anything.
  double size_of(const ir::Dim& d) const {
    constexpr std::int64_t usual = 1024;
    ir::SymbolValues values;
    for (const std::string& name : d.symbols()) {
      const auto range = f_.symbols.find(name);
      values[name] = range != f_.symbols.end() && range->second.hi > 0 ? range->second.hi : usual;
    }
    return static_cast<double>(std::max<std::int64_t>(d.evaluate(values).value_or(usual), 1));
  }

  /// Whether a wide operand ends here.
  bool closes(OpId id) const {
    const OpData& op = f_.op(id);
    const auto operand = [&](std::size_t i) {
      return i < op.operands.size() ? op.operands[i] : ValueId();
    };
    const ValueId x = operand(0), y = operand(1);
    switch (op.schema->kind) {
      case OpKind::RealDiv: {
        if (is_large(y) || (is_wide(x) && is_wide(y))) return true;
        const auto c = number(y);
        return is_large(x) && (!c || std::fabs(*c) >= kFarAway);
      }
      case OpKind::Mul:
        return (is_large(x) && scales_down(x, y)) || (is_large(y) && scales_down(y, x));
      case OpKind::Pow: {
        const auto c = number(y);
        return is_large(x) && c && *c < 1;
      }
      case OpKind::Sub: return is_large(x) && is_large(y);
      case OpKind::Cast: return is_large(x) && ir::is_integer(f_.type(op.results[0]).dtype);
      default: return is_large(x) && closers().contains(op.schema->kind);
    }
  }
  /// Whether the factor brings the wide value back. Integers that were added up are scaled by what
  /// quantised them.
  bool scales_down(ValueId wide, ValueId factor) const {
    if (origin_.at(wide).maker == kIntegers || reciprocals_.contains(factor)) return true;
    const auto c = number(factor);
    return c && std::fabs(*c) <= 1 / kFarAway;
  }
  /// Whether the result may be large nonetheless: a difference, or the first of an accumulator's
  /// two scales.
  bool goes_on(const OpData& op) const {
    if (op.schema->kind == OpKind::Sub) return true;
    if (op.schema->kind != OpKind::Mul) return false;
    for (const ValueId v : op.operands) {
      if (is_wide(v) && origin_.at(v).maker == kIntegers) return true;
    }
    return false;
  }
  bool turns_over(const OpData& op) const {
    const OpKind kind = op.schema->kind;
    if (kind == OpKind::Inverse || kind == OpKind::Rsqrt) return true;
    if (kind == OpKind::RealDiv) return is_wide(op.operands[1]);
    return kind == OpKind::Pow && number(op.operands[1]).value_or(0) < 0;
  }

  void backward(OpId id) {
    const OpData& op = f_.op(id);
    if (op.results.empty() || !op.blocks.empty()) return;
    const bool end = closes(id);
    const bool inside = is_wide(op.results[0]) && needed_.contains(op.results[0]);
    if (!end && !inside) return;
    for (const ValueId v : op.operands) {
      const bool adds_up = carries_product(op) || f_.is(id, OpKind::RealDiv);
      if (is_large(v) || (is_wide(v) && adds_up))
        needed_.insert(v);
      else if (end && f_.is(id, OpKind::Mul) && v && f_.def(v) && f_.is(f_.def(v), OpKind::Mul))
        kept_.emplace(f_.def(v), Kept{Reason::brought_back});  // a small scale, made of two
    }
    if (inside)
      kept_.emplace(id, Kept{Reason::large_values, {origin_.at(op.results[0]).maker}});
    else
      kept_.emplace(id, Kept{Reason::brought_back});
  }

  struct Origin {
    std::string maker;
    int steps = 0;
    /// A product, of matrices too, or a reciprocal: large often enough under a quotient of two, as
    /// linear attention has it, and in no other place.
    bool is_product = false;
  };

  const Function& f_;
  Bounds bounds_;
  std::vector<OpId> ops_;
  std::map<ValueId, Origin> origin_;       ///< of values that may leave the range
  std::set<ValueId> reciprocals_, roots_;  ///< of such values
  std::set<ValueId> needed_;               ///< such values that are brought back
  std::map<OpId, Kept> kept_;
};

}  // namespace

std::map<OpId, Kept> ways_out_and_back(const Function& f, Ranges& ranges) {
  return Ways(f, ranges).run();
}

}  // namespace corecast::passes::precision
