// Mapping a module to what a target can say: expansions of ops, the driver that applies them, and
// what steps replace values with.
#pragma once

#include "passes/expand/problems.h"
#include "passes/expand/site.h"
#include "passes/pass.h"
#include "passes/replace.h"

namespace corecast::passes {

/// A change of a whole function that a target needs before its ops are looked at one by one: of its
/// interface, say. True when something changed. Leaves off, with the function in any state, once
/// the context's stop is requested.
using FunctionStep = bool (*)(ir::Function&, const ir::Registry&, const ops::Rules&, PassContext&);

/// How a target maps the IR to what it can say.
struct Mapping {
  const ops::RuleTable& rules;
  /// Finds what no change helps against, before any is made; may be null.
  void (*check)(const ir::Function&, Problems&) = nullptr;
  std::vector<FunctionStep> steps;
  /// Those of one kind are tried in this order, until one returns values or refuses.
  Expansions expansions;
};

/// A pass that maps each function: the steps, the expansions to a fixpoint (what they add may need
/// expanding as well), computing in a wider type where the target does not take the IR's. It looks
/// at PassContext::rules, or without any at the table with no version chosen. Errors: E3003, one
/// diagnostic for each op that is left and that the rules do not allow; the pass fails with their
/// summary.
Pass mapping_pass(std::string_view name, std::string_view doc, const Mapping& (*mapping)());

/// Whether an expansion of the mapping is for ops of this kind (for some of their forms, at least).
bool has_expansion(const Mapping& mapping, OpKind kind);

}  // namespace corecast::passes
