#include "passes/precision/cast_fp16.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>

#include "base/strings.h"
#include "ir/builder.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_unary.h"
#include "passes/precision/keep_f32.h"
#include "passes/rewrite.h"

namespace corecast::passes {
namespace {

using namespace precision;
using ir::BlockId;
using ir::DType;
using ir::Function;
using ir::Use;

/// Walks the ops in order, turning each to f16 in place: operands become f16, the results' types
/// follow. A value that became f16 while a reader wants f32 gets one cast back, and the other way
/// round.
class HalfCaster {
 public:
  HalfCaster(Function& f, const ir::Registry& registry, PassContext& context, Ranges& ranges,
             const std::map<OpId, Kept>& kept)
      : f_(f), registry_(registry), context_(context), ranges_(ranges), kept_(kept) {}

  bool run() {
    std::vector<OpId> ops;
    std::set<OpId> boundaries;  // asked before anything changes its type
    for_each_op(f_, [&](OpId id) {
      ops.push_back(id);
      if (is_boundary(f_, id)) boundaries.insert(id);
      if (boundaries.contains(id) || kept_.contains(id)) {
        for (const ValueId v : f_.op(id).operands) wide_[id].push_back(is_f32(v));
      }
    });
    for (const OpId id : ops) {
      if (f_.is(id, OpKind::Cast))
        cast(id);
      else if (boundaries.contains(id) || kept_.contains(id))
        widen_operands(id);
      else
        halve(id);
    }
    // Results of blocks keep their types: those of the op around them, and the features.
    for (std::uint32_t b = 0; b < f_.block_capacity(); ++b) {
      const std::vector<ValueId> results = f_.block(BlockId(b)).results;
      for (std::size_t i = 0; i < results.size(); ++i) {
        if (became_half(results[i])) f_.set_block_result(BlockId(b), i, full(results[i]));
      }
    }
    for (const OpId id : ops) {
      if (f_.is(id, OpKind::Cast) && !f_.is_erased(id)) erase_dead(f_, id);
    }
    notes();
    return changed_;
  }

 private:
  bool is_f32(ValueId v) const {
    return v && f_.type(v).is_tensor() && f_.type(v).dtype == DType::f32;
  }
  bool became_half(ValueId v) const { return v && halved_.contains(v); }

  ir::InsertPoint after(ValueId v) const {
    const OpId def = f_.def(v);
    if (def) return {f_.op(def).block, f_.op(def).next};
    const BlockId b = f_.value(v).block;
    return {b, f_.block(b).first};
  }

  /// An f16 version of the f32 value v.
  ValueId half(ValueId v, OpId reader) {
    if (f_.is_constant(v)) {
      const HalfRange& range = ranges_.of(v);
      const double limit = range.overflows() ? limit_for(f_, reader) : kLargestHalf;
      ValueId& cached = half_constants_[{v, limit}];
      if (!cached)
        cached = f_.add_constant(to_half(*f_.constant(v), range, limit), suffixed(v, "_to_fp16"));
      return cached;
    }
    ValueId& cached = half_of_[v];
    if (cached) return cached;
    if (const auto c = f_.def_if<op::Cast>(v)) {
      const DType from = f_.type(c->x).dtype;
      if (from == DType::f16) return cached = c->x;
      if (from != DType::f32 && !kept_.contains(f_.def(v)))
        return cached = casted(c->x, DType::f16, v, "_to_fp16");
    }
    ValueId x = v;
    const auto kept = kept_.find(f_.def(v));
    if (kept != kept_.end() && is_beyond_f16(kept->second.reason)) {
      // What was kept because of large numbers must not become infinite at the edge.
      ir::Builder b(f_, registry_, after(v));
      x = b.add(op::Clip{v, -kLargestHalf, kLargestHalf});
    }
    return cached = casted(x, DType::f16, v, "_to_fp16");
  }

  /// An f32 version of v, which became f16.
  ValueId full(ValueId v) {
    ValueId& cached = full_of_[v];
    if (!cached) cached = casted(v, DType::f32, v, "_to_fp32");
    return cached;
  }

  ValueId casted(ValueId x, DType to, ValueId named_after, const char* suffix) {
    ir::Builder b(f_, registry_, after(x));
    if (f_.def(x)) b.set_location(f_.op(f_.def(x)).location);
    changed_ = true;
    return b.add(op::Cast{x, to}, suffixed(named_after, suffix));
  }

  std::string suffixed(ValueId v, const char* suffix) const {
    const std::string& name = f_.value(v).name;
    return name.empty() ? name : name + suffix;
  }

  /// Operands that were f16 from the start stay so, also where a cast before them went.
  void widen_operands(OpId id) {
    for (std::size_t i = 0; i < f_.op(id).operands.size(); ++i) {
      const ValueId v = f_.op(id).operands[i];
      if (wide_[id][i] && became_half(v)) f_.set_operand(id, i, full(v));
    }
  }

  /// Casts read what is there; one that has become idle goes.
  void cast(OpId id) {
    const op::Cast c = *f_.get_if<op::Cast>(id);
    if (became_half(c.x) && c.dtype == DType::f16) f_.replace_all_uses(f_.op(id).results[0], c.x);
  }

  void halve(OpId id) {
    const std::vector<ValueId> before = f_.op(id).operands, results = f_.op(id).results;
    const std::vector<ir::Attribute> attributes = f_.op(id).attrs;
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (!takes_half(id, i)) {
        if (became_half(before[i])) f_.set_operand(id, i, full(before[i]));
      } else if (is_f32(before[i])) {
        f_.set_operand(id, i, half(before[i], id));
      }
    }
    const ir::OpSchema& schema = *f_.op(id).schema;
    const ops::OpRule& rule = context_.rules.row(schema.kind);
    for (std::size_t i = 0; i < attributes.size(); ++i) {
      const auto* number = std::get_if<double>(&attributes[i]);
      // A number whose type is not the data's keeps its digits.
      if (number && !rule.parameter(schema.attrs[i].name).dtype)
        f_.set_attr(id, i, to_half(*number));
    }
    std::vector<ir::Type> types;
    for (const ValueId v : results) types.push_back(f_.type(v));
    const auto inferred = f_.infer_again(id);
    if (!inferred) {
      for (std::size_t i = 0; i < before.size(); ++i)
        f_.set_operand(id, i, became_half(before[i]) ? full(before[i]) : before[i]);
      for (std::size_t i = 0; i < attributes.size(); ++i) f_.set_attr(id, i, attributes[i]);
      refused_.push_back(id);
      return;
    }
    changed_ = true;
    ++context_.hits["cast-fp16"];
    for (std::size_t i = 0; i < results.size(); ++i) {
      const DType now = f_.type(results[i]).dtype;
      f_.set_type(results[i], types[i].with(now));
      if (now == DType::f16 && types[i].dtype == DType::f32) halved_.insert(results[i]);
    }
  }

  /// Coordinates need more digits than f16 has, and need not be of the data's type.
  bool takes_half(OpId id, std::size_t operand) const {
    const ir::OpSchema& schema = *f_.op(id).schema;
    return !schema.operands[schema.operand_index(f_.op(id), operand)].positions;
  }

  void notes() {
    if (!context_.diagnostics) return;
    auto note = [&](OpId id, const Kept& kept) {
      if (f_.is_erased(id)) return;
      const ir::OpData& op = f_.op(id);
      Error e(Code::N3201, cat("op ", op.schema->name, " stays in f32: ", to_string(kept)));
      e.where.graph = f_.name;
      e.where.op = op.schema->name;
      if (op.location) e.where.node = op.location->node;
      if (e.where.node.empty() && !op.results.empty()) e.where.node = f_.value(op.results[0]).name;
      context_.diagnostics->note(std::move(e));
    };
    for (const auto& [id, kept] : kept_) note(id, kept);
    for (const OpId id : refused_) note(id, {Reason::refused});
  }

  Function& f_;
  const ir::Registry& registry_;
  PassContext& context_;
  Ranges& ranges_;
  const std::map<OpId, Kept>& kept_;
  std::map<OpId, std::vector<bool>> wide_;  ///< which operands of what stays were f32
  std::set<ValueId> halved_;
  std::unordered_map<ValueId, ValueId> half_of_, full_of_;
  std::map<std::pair<ValueId, double>, ValueId> half_constants_;
  std::vector<OpId> refused_;
  bool changed_ = false;
};

Result<bool> run(ir::Module& m, PassContext& context, const CastFp16Options& options) {
  bool changed = false;
  for (Function& f : m.functions) {
    Ranges ranges(f, *context.pool, context.stop);
    TRY(auto kept, ops_to_keep(f, options, context.rules, ranges));
    if (&f == &m.main()) kept.insert(options.measured.begin(), options.measured.end());
    changed = HalfCaster(f, *m.registry, context, ranges, kept).run() || changed;
  }
  return changed;
}

}  // namespace

Pass cast_fp16_pass(CastFp16Options options) {
  return {"cast-fp16", "Computes in f16 instead of f32, where the numbers allow it.",
          Numerics::lossy, [options = std::move(options)](ir::Module& m, PassContext& context) {
            return run(m, context, options);
          }};
}

Pass cast_fp16_pass() { return cast_fp16_pass(CastFp16Options()); }

}  // namespace corecast::passes
