// Which weight gets which scheme, and why not.
#include <algorithm>

#include "base/strings.h"
#include "compress/compress.h"
#include "compress/fit.h"
#include "compress/form/coded_form.h"
#include "ops/op_kind.h"

namespace corecast::compress {
namespace {

using ir::OpKind;

/// The last rule that matches, or null.
const RecipeRule* last_match(const Recipe& recipe, const RuleSubject& subject) {
  for (auto it = recipe.rules.rbegin(); it != recipe.rules.rend(); ++it) {
    if (matches(it->match, subject)) return &*it;
  }
  return nullptr;
}

bool skipped(const Recipe& recipe, const std::string& name) {
  return std::any_of(recipe.skip.begin(), recipe.skip.end(),
                     [&](const std::string& p) { return matches_pattern(p, name); });
}

/// Why `scheme` cannot be added to a weight of this form; empty: it can.
std::string clash(const CodedForm& form, const Scheme& scheme) {
  const bool codes = scheme.palettize || scheme.quantize;
  const bool joins = (form.pruned() && form.bits == 0 && codes && !scheme.prune) ||
                     (!form.pruned() && form.bits > 0 && scheme.prune && !codes);
  if (joins) return {};
  return cat("it is ", form.text(), " already, which does not join with ", to_text(scheme),
             "; decompress it first");
}

/// The first version with sparse codes.
ops::Version joint_since(const ops::Rules& rules) {
  return std::max(rules.row(OpKind::ConstexprLutToSparse).since,
                  rules.row(OpKind::ConstexprSparseBlockwiseShiftScale).since);
}

class Decider {
 public:
  Decider(const ir::Module& m, const Recipe& recipe, const Context& context)
      : module_(m), recipe_(recipe), context_(context), hits_(recipe.rules.size()) {}

  Decision of(const Weight& w) {
    if (skipped(recipe_, w.name)) return {{}, "the recipe skips it"};
    const RecipeRule* rule = nullptr;
    for (std::size_t i = 0; i < w.ops.size(); ++i) {
      const RecipeRule* r = last_match(recipe_, {w.name, {w.ops[i]}, w.count()});
      if (r) hits_[static_cast<std::size_t>(r - recipe_.rules.data())] = true;
      if (i > 0 && (r ? r->scheme : Scheme()) != (rule ? rule->scheme : Scheme()))
        return {{}, cat("its readers (", join(w.ops), ") get different rules")};
      rule = r;
    }
    if (!rule) {
      return {{},
              w.count() < kMinElements ? cat("it has ", w.count(), " elements only")
                                       : std::string("no rule matches it")};
    }
    if (rule->scheme.none()) return {{}, "the recipe leaves it alone"};
    if (!w.refusal.empty()) return {{}, w.refusal, true};
    Scheme scheme = rule->scheme;
    const ir::Function& f = module_.functions[w.function];
    if (const auto form = read_form(f, w.value)) {
      if (auto why = clash(*form, scheme); !why.empty()) return {{}, std::move(why), true};
      const ops::Rules& rules = context_.rules;
      if (const auto since = joint_since(rules); scheme.prune && !rules.may_have(since))
        return {{}, cat("joining pruning with it needs ", rules.name(since)), true};
    }
    if (auto why = misfit(scheme, w); !why.empty()) return {{}, std::move(why), true};
    return {std::move(scheme), {}, true};
  }

  Status check_hits() const {
    if (std::none_of(hits_.begin(), hits_.end(), [](bool h) { return h; })) {
      return Error(Code::E1312, "the recipe matches none of the model's weights",
                   "names and ops of weights are in the table of `corecast compress --dry-run "
                   "--palettize 4`");
    }
    for (std::size_t i = 0; i < hits_.size(); ++i) {
      if (hits_[i] || !context_.diagnostics) continue;
      context_.diagnostics->warning(Error(
          Code::W1312,
          cat("rules[", i, "] decides nothing: it matches no weight, or later rules take all")));
    }
    return {};
  }

 private:
  const ir::Module& module_;
  const Recipe& recipe_;
  const Context& context_;
  std::vector<bool> hits_;
};

}  // namespace

Result<std::vector<Decision>> decide(const ir::Module& module, const std::vector<Weight>& weights,
                                     const Recipe& recipe, const Context& context) {
  for (const RecipeRule& rule : recipe.rules) {
    TRY_VOID(check(rule.scheme));
    TRY_VOID(check_target(rule.scheme, context.rules));
  }
  Decider decider(module, recipe, context);
  std::vector<Decision> out;
  for (const Weight& w : weights) out.push_back(decider.of(w));
  TRY_VOID(decider.check_hits());
  return out;
}

}  // namespace corecast::compress
