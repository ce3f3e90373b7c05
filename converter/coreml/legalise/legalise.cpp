#include "converter/coreml/legalise/legalise.h"

#include <deque>
#include <map>

#include "base/strings.h"
#include "converter/coreml/legalise/compressed.h"
#include "converter/coreml/legalise/domains.h"
#include "converter/coreml/legalise/narrow.h"
#include "converter/coreml/legalise/problems.h"
#include "converter/coreml/legalise/site.h"
#include "passes/rewrite.h"

namespace corecast::coreml {

using namespace legal;

namespace {

const std::map<OpKind, std::vector<Values (*)(Site&)>>& expansions() {
  static const auto table = [] {
    Expansions rows;
    add_elementwise(rows);
    add_bitwise(rows);
    add_activations(rows);
    add_norms(rows);
    add_broadcasts(rows);
    add_resizes(rows);
    add_convolutions(rows);
    add_pools(rows);
    add_linear_algebra(rows);
    add_einsum(rows);
    add_attention(rows);
    add_recurrent(rows);
    add_reductions(rows);
    add_shapes(rows);
    add_indexing(rows);
    add_images(rows);
    add_random(rows);
    std::map<OpKind, std::vector<Values (*)(Site&)>> out;
    for (const Expansion& row : rows) out[row.kind].push_back(row.expand);
    return out;
  }();
  return table;
}

class Expander {
 public:
  Expander(ir::Function& f, const ir::Registry& registry, PassContext& context, Problems& problems)
      : f_(f), registry_(registry), context_(context), problems_(problems) {}

  bool run() {
    for_each_op(f_, [&](OpId id) { work_.push_back(id); });
    bool changed = false;
    while (!work_.empty()) {
      const OpId id = work_.front();
      work_.pop_front();
      if (!f_.is_erased(id)) changed = expand(id) || changed;
    }
    return changed;
  }

 private:
  bool expand(OpId id) {
    const auto found = expansions().find(f_.op(id).schema->kind);
    const std::size_t first_new = f_.op_capacity();
    Site site(f_, registry_, context_.target, id);
    Values values;
    if (found != expansions().end()) {
      for (auto* function : found->second) {
        values = function(site);
        if (!values.empty() || !site.refusal.empty()) break;
      }
    }
    if (values.empty() && site.refusal.empty()) values = in_wider_type(site);
    if (!site.refusal.empty()) problems_.add(f_, id, site.refusal, site.help);
    if (values.empty()) return false;
    ++context_.hits[cat("legalise-", f_.op(id).schema->name)];
    replace(id, values, first_new);
    // What came new may need expanding as well; it stands before whatever uses it.
    for (std::size_t i = f_.op_capacity(); i-- > first_new;)
      work_.push_front(OpId(static_cast<std::uint32_t>(i)));
    return true;
  }

  void replace(OpId id, const Values& values, std::size_t first_new) {
    const std::vector<ValueId> old = f_.op(id).results;
    CC_CHECK(values.size() == old.size(),
             cat("expansion of ", f_.op(id).schema->name, " gives another number of values"));
    for (std::size_t i = 0; i < old.size(); ++i) {
      const bool fresh = f_.def(values[i]) && f_.def(values[i]).index() >= first_new;
      const ir::Type was = f_.type(old[i]);
      CC_CHECK(f_.type(values[i]).dtype == was.dtype,
               cat("expansion of ", f_.op(id).schema->name, " changes the dtype"));
      if (fresh && f_.value(values[i]).name.empty()) f_.set_name(values[i], f_.value(old[i]).name);
      f_.replace_all_uses(old[i], values[i]);
      if (f_.type(values[i]) == was) continue;
      if (fresh) keep_precision(values[i], was);
      refresh_users(f_, values[i]);
    }
    // What replaces an op with effects has them, too.
    if (passes::is_pure(f_, id))
      passes::erase_dead(f_, id);
    else
      f_.erase(id);
  }

  /// Constant sizes that the old type knew stay known.
  void keep_precision(ValueId v, const ir::Type& was) {
    ir::Type now = f_.type(v);
    CC_CHECK(now.rank() == was.rank(), "an expansion changes the rank");
    for (std::size_t i = 0; i < now.shape.size(); ++i) {
      if (!now.shape[i].is_constant()) now.shape[i] = was.shape[i];
    }
    f_.set_type(v, std::move(now));
  }

  ir::Function& f_;
  const ir::Registry& registry_;
  PassContext& context_;
  Problems& problems_;
  std::deque<OpId> work_;
};

/// MIL counts in 32 bits. A size beyond would be cut where it becomes a parameter.
void find_oversized(const ir::Function& f, Problems& problems) {
  ir::for_each_op(f, [&](OpId id) {
    const auto check = [&](ValueId v) {
      if (!v) return;
      for (const Dim& d : f.type(v).shape) {
        if (const auto size = d.constant(); size && (*size > INT32_MAX || *size < 0))
          problems.add(f, id, cat("a size of ", *size, "; Core ML's end at ", INT32_MAX));
      }
    };
    for (const ValueId v : f.op(id).operands) check(v);
    for (const ValueId v : f.op(id).results) check(v);
  });
}

Result<bool> run(ir::Module& m, PassContext& context) {
  bool changed = false;
  Problems problems(context.target);
  for (const ir::Function& f : m.functions) find_oversized(f, problems);
  for (ir::Function& f : m.functions) {
    if (problems.found().has_errors()) break;
    changed = expand_compressed(f, context) || changed;
    changed = expand_quantization(f, *m.registry, context) || changed;
    changed = narrow_types(f, *m.registry, context) || changed;
    changed = legalise_interface(f, *m.registry, context) || changed;
    changed = Expander(f, *m.registry, context, problems).run() || changed;
    find_problems(f, context.target, problems);
  }
  if (problems.found().has_errors()) {
    if (context.diagnostics) context.diagnostics->append(problems.found());
    return problems.found().summary();
  }
  return changed;
}

}  // namespace

bool has_expansion(ir::OpKind kind) {
  return kind == OpKind::Quantize || kind == OpKind::Dequantize || expansions().contains(kind);
}

passes::Pass legalise_pass() {
  return {"legalise",
          "Maps the IR to what MIL of the target accepts: element types, inputs and outputs, ops.",
          passes::Numerics::reassociating, run, true};
}

const passes::PassList& passes() {
  static const passes::PassList instance({legalise_pass()});
  return instance;
}

}  // namespace corecast::coreml
