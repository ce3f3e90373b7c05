// Rules and the driver that applies them. A rule is data: a name, a pattern and a function that
// builds the replacement. Only the driver changes uses, keeps names and locations, and drops what
// is dead.
#pragma once

#include "passes/pass.h"
#include "passes/pattern.h"
#include "passes/refresh.h"

namespace corecast::passes {

/// Adds ops before the root through the match and returns the value that takes the root's place, or
/// an empty id: no match after all (what it added is taken back).
using BuildReplacement = std::function<ValueId(Match&)>;

struct Rule {
  std::string_view name;
  Pattern pattern;
  BuildReplacement build;
  const char* file = "";
  int line = 0;
};

using RuleSet = std::vector<Rule>;

inline Rule rule(std::string_view name, Pattern pattern, BuildReplacement build,
                 const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  return {name, std::move(pattern), std::move(build), file, line};
}
RuleSet operator+(RuleSet a, const RuleSet& b);

/// Applies the rules to a fixpoint, earlier ones first at each op; true when something changed.
///
/// A replacement must have the root's dtype and a compatible shape, else it is not used. It takes
/// over the root's source name unless it has its own, and the root's location. Cost: linear in ops
/// plus rewrites. A rule set that does not settle is our bug: InternalError with the last rules
/// applied.
bool rewrite(ir::Function& f, const ir::Registry& registry, const RuleSet& rules,
             PassContext& context);
/// Every function of the module.
bool rewrite(ir::Module& m, const RuleSet& rules, PassContext& context);

/// A pass that applies the rules of `rules()`, which is called at first use.
Pass rewrite_pass(std::string_view name, std::string_view doc, Numerics numerics,
                  const RuleSet& (*rules)());

/// Whether nothing would notice the op's absence: no state touched, no result used.
bool is_dead(const ir::Function& f, OpId op);
/// Whether the op, and all that is nested in it, touches no state.
bool is_pure(const ir::Function& f, OpId op);
/// Erases `op` when dead, then the makers of its operands when dead by that. Calls `erased(OpId)`
/// before each, with the op still in place.
void erase_dead(ir::Function& f, OpId op, const std::function<void(OpId)>& erased = {});

}  // namespace corecast::passes
