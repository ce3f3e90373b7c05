#include "converter/coreml/legalise/narrow.h"

#include <cmath>
#include <map>

#include "base/strings.h"
#include "converter/coreml/legalise/site.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"

namespace corecast::coreml::legal {

using ir::Use;

bool keeps_small_integers(const ir::OpSchema& schema) {
  return schema.traits.constexpr_op || schema.name == "quantize" || schema.name == "dequantize";
}

namespace {

bool is_small(DType d) { return ir::is_integer(d) && ir::bits_of(d) < 32; }

/// What stands for `d` at run time.
DType narrowed(DType d) {
  switch (d) {
    case DType::i64:
    case DType::u64:
    case DType::u32:
    case DType::i8:
    case DType::u8:
    case DType::i16:
    case DType::u16: return DType::i32;
    case DType::f64:
    case DType::bf16: return DType::f32;
    default: return d;
  }
}

/// Ops whose results may leave the range of their operands.
bool may_overflow(const ir::OpSchema& schema) {
  const ir::Overflow overflow = schema.traits.overflow;
  return overflow == ir::Overflow::integers || overflow == ir::Overflow::both;
}

class Narrowing {
 public:
  Narrowing(ir::Function& f, const ir::Registry& registry, PassContext& context)
      : f_(f), registry_(registry), context_(context) {}

  bool run() {
    for_each_op(f_, [&](OpId id) { ops_.push_back(id); });
    for (const OpId id : ops_) remember_wrap(id);
    arguments();
    for (std::uint32_t i = 0; i < f_.value_capacity(); ++i) {
      if (context_.stop.requested()) return changed_;
      constant(ValueId(i));
    }
    for (const OpId id : ops_) attributes(id);
    if (!changed_) return false;
    refresh_all(f_);
    for (const OpId id : ops_) keeper(id);
    for (const auto& [id, from, to] : wraps_) wrap(id, from, to);
    return true;
  }

 private:
  struct Wrap {
    OpId op;
    DType from;  ///< of a cast's operand; else `to`
    DType to;
  };

  void remember_wrap(OpId id) {
    const ir::OpData& op = f_.op(id);
    if (f_.is(id, OpKind::Dequantize)) dequantized_[id] = f_.type(op.operands[0]).dtype;
    if (op.results.empty() || keeps_small_integers(*op.schema)) return;
    const DType to = f_.type(op.results[0]).dtype;
    if (!is_small(to)) return;
    if (f_.is(id, OpKind::Cast)) {
      const DType from = f_.type(op.operands[0]).dtype;
      const bool fits =
          from == DType::boolean || (ir::is_integer(from) && ir::min_of(from) >= ir::min_of(to) &&
                                     ir::max_of(from) <= ir::max_of(to));
      if (!fits) wraps_.push_back({id, from, to});
    } else if (may_overflow(*op.schema)) {
      wraps_.push_back({id, to, to});
    }
  }

  void arguments() {
    for (std::uint32_t b = 0; b < f_.block_capacity(); ++b) {
      for (const ValueId v : f_.block(ir::BlockId(b)).args) {
        const ir::Type type = f_.type(v);
        if (type.kind == ir::TypeKind::state || narrowed(type.dtype) == type.dtype) continue;
        f_.set_type(v, type.with(narrowed(type.dtype)));
        changed_ = true;
      }
    }
  }

  void constant(ValueId v) {
    if (!f_.is_constant(v) || f_.value(v).uses.empty()) return;
    const DType from = f_.type(v).dtype, to = narrowed(from);
    if (from == to) return;
    ValueId replacement;
    const std::vector<Use> uses = f_.value(v).uses;
    for (const Use& use : uses) {
      if (use.op && is_small(from) && keeps_small_integers(*f_.op(use.op).schema)) continue;
      if (!replacement) replacement = f_.add_constant(converted(v, to, uses), f_.value(v).name);
      redirect(f_, {use}, replacement);
      changed_ = true;
    }
  }

  Tensor converted(ValueId v, DType to, const std::vector<Use>& uses) {
    const Tensor& t = *f_.constant(v);
    if (ir::is_floating(to)) return t.lazy_cast(to);
    if (is_small(t.dtype())) return t.cast(to);
    Tensor out = Tensor::empty(to, t.dims());
    std::int64_t lost = 0, example = 0;
    for (std::int64_t i = 0; i < t.count(); ++i) {
      const std::int64_t value = t.at_int(i);
      const std::int64_t limited = std::min(std::max(value, ir::min_of(to)), ir::max_of(to));
      if (value != limited && !is_sentinel(value)) {
        ++lost;
        example = value;
      }
      out.set_int(i, limited);
    }
    if (lost > 0) warn(v, uses, lost, example);
    return out;
  }

  /// Numbers that stand for "to the very end", which the largest i32 says as well.
  static bool is_sentinel(std::int64_t value) {
    constexpr std::int64_t far = std::int64_t{1} << 62;
    return value >= far || value <= -far || value == INT64_C(0x7fffffff) + 1;
  }

  void warn(ValueId v, const std::vector<Use>& uses, std::int64_t lost, std::int64_t example) {
    if (!context_.diagnostics) return;
    Error e(
        Code::W3102,
        cat(lost, lost == 1 ? " element" : " elements", " of constant ", quote(f_.value(v).name),
            ", e.g. ", example, ", lie outside i32 and were limited to it"),
        "Core ML has no 64-bit integers");
    e.where.graph = f_.name;
    for (const Use& use : uses) {
      if (use.op && f_.op(use.op).location) e.where.node = f_.op(use.op).location->node;
    }
    context_.diagnostics->warning(std::move(e));
  }

  void attributes(OpId id) {
    const ir::OpData& op = f_.op(id);
    if (keeps_small_integers(*op.schema)) return;
    for (std::size_t i = 0; i < op.attrs.size(); ++i) {
      const auto* dtype = std::get_if<DType>(&op.attrs[i]);
      if (!dtype || narrowed(*dtype) == *dtype) continue;
      f_.set_attr(id, i, narrowed(*dtype));
      changed_ = true;
    }
  }

  /// Small integers on the edges of ops that keep them: casts in front and behind.
  void keeper(OpId id) {
    const ir::OpData& op = f_.op(id);
    if (!keeps_small_integers(*op.schema)) return;
    if (op.schema->traits.constexpr_op) return;
    const ValueId x = op.operands.at(0);
    if (const auto it = dequantized_.find(id);
        it != dequantized_.end() && f_.type(x).dtype != it->second) {
      ir::Builder b(f_, registry_, {op.block, id});
      f_.set_operand(id, 0, b.add(op::Cast{x, it->second}));
    }
    for (const ValueId r : op.results) {
      if (!is_small(f_.type(r).dtype)) continue;
      const std::vector<Use> uses = f_.value(r).uses;
      ValueId wide;
      for (const Use& use : uses) {
        if (use.op && keeps_small_integers(*f_.op(use.op).schema)) continue;
        if (!wide) {
          ir::Builder b(f_, registry_, {op.block, op.next});
          wide = b.add(op::Cast{r, DType::i32});
        }
        redirect(f_, {use}, wide);
      }
      if (wide) refresh_users(f_, wide);
    }
  }

  /// Brings result 0 of the op, now an i32, back into the range of `to`.
  void wrap(OpId id, DType from, DType to) {
    const ValueId v = f_.op(id).results[0];
    if (f_.type(v).dtype != DType::i32) return;  // a type that nothing widens: reported later
    const std::vector<Use> uses = f_.value(v).uses;
    ir::Builder b(f_, registry_, {f_.op(id).block, f_.op(id).next});
    b.set_location(f_.op(id).location);
    ValueId out;
    if (ir::is_floating(from)) {
      const auto low = b.int_scalar(ir::min_of(to)), high = b.int_scalar(ir::max_of(to));
      out = b.add(op::Minimum{b.add(op::Maximum{v, low}), high});
    } else {
      const auto range = b.int_scalar(std::int64_t{1} << ir::bits_of(to));
      const auto offset = b.int_scalar(-ir::min_of(to));
      if (!ir::is_signed(to))
        out = b.add(op::Mod{v, range});
      else
        out = b.add(op::Sub{b.add(op::Mod{b.add(op::Add{v, offset}), range}), offset});
    }
    redirect(f_, uses, out);
    f_.set_name(out, f_.value(v).name);
    f_.set_name(v, {});
  }

  ir::Function& f_;
  const ir::Registry& registry_;
  PassContext& context_;
  std::vector<OpId> ops_;
  std::vector<Wrap> wraps_;
  std::map<OpId, DType> dequantized_;  ///< element types before any of them changed
  bool changed_ = false;
};

}  // namespace

bool narrow_types(ir::Function& f, const ir::Registry& registry, const ops::Rules&,
                  PassContext& context) {
  const auto& entry = f.block(f.entry());
  std::vector<DType> inputs, outputs;
  for (const ValueId v : entry.args) inputs.push_back(f.type(v).dtype);
  for (const ValueId v : entry.results) outputs.push_back(f.type(v).dtype);
  const bool changed = Narrowing(f, registry, context).run();
  if (context.stop.requested()) return changed;
  const auto note = [&](const char* what, const std::string& name, DType was, DType is) {
    if (was == is || !context.diagnostics) return;
    Error e(Code::N3101, cat(name_of(was), " ", what, " ", quote(name), " became ", name_of(is)),
            "Core ML has no such element type");
    e.where.graph = f.name;
    context.diagnostics->note(std::move(e));
  };
  for (std::size_t i = 0; i < inputs.size(); ++i)
    note("input", f.inputs[i].name, inputs[i], f.type(entry.args[i]).dtype);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    note("output", f.outputs[i].name, outputs[i], f.type(entry.results[i]).dtype);
  return changed;
}

}  // namespace corecast::coreml::legal
