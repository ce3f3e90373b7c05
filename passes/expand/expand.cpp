#include "passes/expand/expand.h"

#include <algorithm>
#include <deque>
#include <map>

#include "base/strings.h"
#include "passes/expand/wider_type.h"
#include "passes/rewrite.h"

namespace corecast::passes {
namespace {

using ByKind = std::map<OpKind, std::vector<Values (*)(Site&)>>;

class Expander {
 public:
  Expander(ir::Function& f, const ir::Registry& registry, const ops::Rules& rules,
           const ByKind& expansions, std::string_view pass, PassContext& context,
           Problems& problems)
      : f_(f),
        registry_(registry),
        rules_(rules),
        expansions_(expansions),
        pass_(pass),
        context_(context),
        problems_(problems) {}

  bool run() {
    for_each_op(f_, [&](OpId id) { work_.push_back(id); });
    bool changed = false;
    while (!work_.empty() && !context_.stop.requested()) {
      const OpId id = work_.front();
      work_.pop_front();
      if (!f_.is_erased(id)) changed = expand(id) || changed;
    }
    return changed;
  }

 private:
  bool expand(OpId id) {
    const auto found = expansions_.find(f_.op(id).schema->kind);
    const std::size_t first_new = f_.op_capacity();
    Site site(f_, registry_, rules_, id);
    Values values;
    if (found != expansions_.end()) {
      for (auto* function : found->second) {
        values = function(site);
        if (!values.empty() || !site.refusal.empty()) break;
      }
    }
    if (values.empty() && site.refusal.empty()) values = in_wider_type(site);
    if (!site.refusal.empty()) problems_.add(f_, id, site.refusal, site.help);
    if (values.empty()) return false;
    ++context_.hits[cat(pass_, "-", f_.op(id).schema->name)];
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
      const ir::Type& now = f_.type(values[i]);
      CC_CHECK(now.dtype == f_.type(old[i]).dtype,
               cat("expansion of ", f_.op(id).schema->name, " changes the dtype"));
      CC_CHECK(!fresh || now.rank() == f_.type(old[i]).rank(),
               cat("expansion of ", f_.op(id).schema->name, " changes the rank"));
      take_place(f_, old[i], values[i], {.name = fresh, .sizes = fresh ? Sizes::all : Sizes::none});
    }
    // What replaces an op with effects has them, too.
    if (is_pure(f_, id))
      erase_dead(f_, id);
    else
      f_.erase(id);
  }

  ir::Function& f_;
  const ir::Registry& registry_;
  const ops::Rules& rules_;
  const ByKind& expansions_;
  std::string_view pass_;
  PassContext& context_;
  Problems& problems_;
  std::deque<OpId> work_;
};

Result<bool> map(ir::Module& m, std::string_view pass, const Mapping& mapping,
                 PassContext& context) {
  const ops::Rules rules = context.rules ? context.rules : ops::Rules(mapping.rules);
  ByKind expansions;
  for (const Expansion& row : mapping.expansions) expansions[row.kind].push_back(row.expand);
  bool changed = false;
  Problems problems(rules);
  if (mapping.check) {
    for (const ir::Function& f : m.functions) mapping.check(f, problems);
  }
  for (ir::Function& f : m.functions) {
    if (problems.found().has_errors()) break;
    for (const FunctionStep step : mapping.steps) {
      if (context.stop.requested()) return changed;
      changed = step(f, *m.registry, rules, context) || changed;
    }
    changed = Expander(f, *m.registry, rules, expansions, pass, context, problems).run() || changed;
    if (context.stop.requested()) return changed;  // the pipeline ends; nothing is judged
    find_problems(f, rules, problems);
  }
  if (problems.found().has_errors()) {
    if (context.diagnostics) context.diagnostics->append(problems.found());
    return problems.found().summary();
  }
  return changed;
}

}  // namespace

Pass mapping_pass(std::string_view name, std::string_view doc, const Mapping& (*mapping)()) {
  return {name, doc, Numerics::reassociating,
          [name, mapping](ir::Module& m, PassContext& context) {
            return map(m, name, mapping(), context);
          },
          true};
}

bool has_expansion(const Mapping& mapping, OpKind kind) {
  return std::any_of(mapping.expansions.begin(), mapping.expansions.end(),
                     [&](const Expansion& row) { return row.kind == kind; });
}

}  // namespace corecast::passes
