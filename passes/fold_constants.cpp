// fold-constants: computes what does not depend on inputs.
//
// Given:   %a = shape(x=%x) : i32[2]            (x: f32[4,3])     Result:   %a = const
// dense<i32[2]: 4, 3>
//          %b = add(x=const 1, y=const 2)                                   %b = const 3
//          %c = cond(pred=const true) {A, B}                                ops of A
//
// The reference evaluation computes. A result much larger than what it is made of stays an op (a
// fill, a tile, a range), as do compressed weights.
#include <algorithm>

#include "ops/control_flow/control_flow.h"
#include "ops/elementwise/cast.h"
#include "ops/interpret.h"
#include "passes/replace.h"
#include "passes/rewrite.h"

namespace corecast::passes {

namespace {

constexpr std::int64_t kSmallBytes = 256 << 10;
// The reference evaluation is slow; beyond this it would be felt.
constexpr std::int64_t kMostElements = std::int64_t{1} << 26;
// All results together may be this much beyond a few times the weights there are: constants that
// double again and again must not fill the memory.
constexpr std::int64_t kSpareBytes = std::int64_t{1} << 28;

class Folder {
 public:
  Folder(ir::Function& f, PassContext& context) : f_(f), context_(context) {
    left_ = kSpareBytes;
    for (std::uint32_t i = 0; i < f.value_capacity(); ++i) {
      if (const Tensor* t = f.constant(ValueId(i)))
        left_ += 4 * static_cast<std::int64_t>(t->byte_size());
    }
  }

  bool run() {
    block(f_.entry());
    return changed_;
  }

 private:
  void block(ir::BlockId b) {
    for (const OpId id : f_.ops(b)) {
      if (context_.rewrite_budget == 0 || context_.stop.requested()) return;
      if (inline_branch(id) || fold(id)) {
        changed_ = true;
        if (context_.rewrite_budget > 0) --context_.rewrite_budget;
        continue;
      }
      for (const ir::BlockId inner : std::vector(f_.op(id).blocks)) block(inner);
    }
  }

  bool fold(OpId id) {
    const ir::OpData& d = f_.op(id);
    if (!d.schema->traits.pure || !d.blocks.empty() || d.schema->traits.constexpr_op ||
        d.results.empty())
      return false;
    if (known(id)) return true;
    if (!worth_it(d)) return false;
    if (const auto cast = f_.get_if<op::Cast>(id)) {
      replace(id, {f_.constant(cast->x)->lazy_cast(cast->dtype)});
      return true;
    }
    auto results = ops::evaluate_constant(f_, id);
    if (!results) return false;
    replace(id, std::move(*results));
    return true;
  }

  /// A result whose integers inference worked out.
  bool known(OpId id) {
    const ir::OpData& d = f_.op(id);
    if (d.results.size() != 1) return false;
    const ir::ValueData& v = f_.value(d.results[0]);
    if (!v.known || !v.type.is_tensor() || !v.type.is_static()) return false;
    if (!ir::is_integer(v.type.dtype) && v.type.dtype != ir::DType::boolean) return false;
    const auto dims = ir::static_dims(v.type.shape);
    if (ir::element_count(dims) != static_cast<std::int64_t>(v.known->size())) return false;
    Tensor t = Tensor::zeros(v.type.dtype, dims);
    for (std::size_t i = 0; i < v.known->size(); ++i) {
      const auto value = (*v.known)[i].constant();
      if (!value) return false;
      t.set_int(static_cast<std::int64_t>(i), *value);
    }
    replace(id, {std::move(t)});
    return true;
  }

  bool worth_it(const ir::OpData& d) const {
    std::int64_t in_bytes = 0, in_count = 0;
    for (const ValueId v : d.operands) {
      if (!v) continue;
      const Tensor* t = f_.constant(v);
      if (!t) return false;
      in_bytes += static_cast<std::int64_t>(t->byte_size());
      in_count += t->count();
    }
    std::int64_t out_bytes = 0;
    for (const ValueId v : d.results) {
      const Type& type = f_.type(v);
      if (!type.is_tensor() || type.dtype == ir::DType::string) return false;
      if (!type.is_static())
        continue;  // depends on data, which is at hand: bounded by the operands
      const auto count = ir::element_count(ir::static_dims(type.shape));
      const auto bytes = count ? ir::packed_bytes(type.dtype, *count) : std::nullopt;
      if (!bytes || *bytes > static_cast<std::size_t>(INT32_MAX)) return false;
      out_bytes += static_cast<std::int64_t>(*bytes);
    }
    return in_count <= kMostElements &&
           (out_bytes <= kSmallBytes || (out_bytes <= 2 * in_bytes && out_bytes <= left_));
  }

  void replace(OpId id, ir::Tensors tensors) {
    left_ -= become_constants(f_, id, std::move(tensors));
  }

  /// cond with a constant predicate: the branch in its place.
  bool inline_branch(OpId id) {
    const auto cond = f_.get_if<op::Cond>(id);
    if (!cond) return false;
    const Tensor* pred = f_.constant(cond->pred);
    if (!pred || pred->count() != 1) return false;
    const ir::BlockId taken = pred->at_int(0) ? cond->true_ : cond->false_;
    const std::vector<ValueId> from = f_.op(id).results, to = f_.block(taken).results;
    f_.set_results(taken, {});
    f_.splice(taken, {f_.op(id).block, id});
    for (std::size_t i = 0; i < from.size(); ++i) {
      take_place(f_, from[i], to[i]);
      refresh_users(f_, to[i]);  // what is known of it may be more
    }
    f_.erase(id);
    return true;
  }

  ir::Function& f_;
  PassContext& context_;
  std::int64_t left_ = 0;  ///< bytes
  bool changed_ = false;
};

}  // namespace

Pass fold_constants_pass() {
  return {"fold-constants", "Computes what does not depend on inputs.", Numerics::exact,
          [](ir::Module& m, PassContext& context) -> Result<bool> {
            bool changed = false;
            for (ir::Function& f : m.functions) changed = Folder(f, context).run() || changed;
            return changed;
          }};
}

}  // namespace corecast::passes
