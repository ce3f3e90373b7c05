#include "passes/rewrite.h"

#include <algorithm>
#include <deque>
#include <unordered_set>
#include <utility>

#include "base/strings.h"
#include "ir/parse.h"
#include "passes/replace.h"

namespace corecast::passes {

using ir::Function;
using ir::OpData;
using ir::Use;

RuleSet operator+(RuleSet a, const RuleSet& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

bool is_pure(const Function& f, OpId op) {
  if (!f.op(op).schema->traits.pure) return false;
  bool pure = true;
  for (const ir::BlockId b : f.op(op).blocks) {
    for_each_op(f, b, [&](OpId inner) { pure = pure && f.op(inner).schema->traits.pure; });
  }
  return pure;
}

bool is_dead(const Function& f, OpId op) {
  const auto& results = f.op(op).results;
  const bool used = std::any_of(results.begin(), results.end(),
                                [&](ValueId v) { return !f.value(v).uses.empty(); });
  return !used && is_pure(f, op);
}

void erase_dead(Function& f, OpId op, const std::function<void(OpId)>& erased) {
  std::vector<OpId> pending = {op};
  while (!pending.empty()) {
    const OpId id = pending.back();
    pending.pop_back();
    if (f.is_erased(id) || !is_dead(f, id)) continue;
    if (erased) erased(id);
    const auto push = [&](ValueId v) {
      if (v && f.def(v)) pending.push_back(f.def(v));
    };
    std::for_each(f.op(id).operands.begin(), f.op(id).operands.end(), push);
    for (const ir::BlockId b : f.op(id).blocks) {
      for_each_op(f, b, [&](OpId inner) {
        std::for_each(f.op(inner).operands.begin(), f.op(inner).operands.end(), push);
      });
      std::for_each(f.block(b).results.begin(), f.block(b).results.end(), push);
    }
    f.erase(id);
  }
}

namespace {

class Driver {
 public:
  Driver(Function& f, const ir::Registry& registry, const RuleSet& rules, PassContext& context)
      : f_(f), registry_(registry), context_(context) {
    for (const Rule& r : rules) {
      const auto kinds = r.pattern.root_kinds();
      CC_CHECK(!kinds.empty(), "a rule's pattern starts with an op");
      for (const OpKind k : kinds) by_kind_[k].push_back(&r);
      depth_ = std::max(depth_, r.pattern.depth());
    }
  }

  bool run() {
    for_each_op(f_, [&](OpId id) { push(id); });
    const std::size_t limit = 1000 + 50 * f_.op_count();
    while ((!work_.empty() || push_late()) && context_.rewrite_budget != 0 &&
           !context_.stop.requested()) {
      const OpId id = work_.front();
      work_.pop_front();
      queued_[id.index()] = false;
      if (f_.is_erased(id)) continue;
      const auto rules = by_kind_.find(f_.op(id).schema->kind);
      if (rules == by_kind_.end()) continue;
      for (const Rule* r : rules->second) {
        if (!apply(*r, id)) continue;
        ++rewrites_;
        last_.push_back(r->name);
        if (last_.size() > 4) last_.pop_front();
        CC_CHECK(rewrites_ <= limit, cat("rewriting does not settle; last rules: ", join(last_)));
        if (context_.rewrite_budget > 0) --context_.rewrite_budget;
        break;
      }
    }
    return rewrites_ > 0;
  }

 private:
  bool apply(const Rule& r, OpId root) {
    ir::Builder builder(f_, registry_, {f_.op(root).block, root});
    builder.set_location(f_.op(root).location);
    Match m(builder, root, context_.rules);
    if (!match(r.pattern, m)) return false;
    const std::size_t first_new = f_.op_capacity();
    const ValueId v = r.build(m);
    const ValueId old = f_.op(root).results[0];
    if (!v || m.failed() || v == old || !fits(v, old)) {
      take_back(first_new);
      return false;
    }
    ++context_.hits[std::string(r.name)];
    replace(root, old, v, first_new);
    return true;
  }

  bool fits(ValueId v, ValueId old) const { return ir::compatible(f_.type(v), f_.type(old)); }

  void take_back(std::size_t first_new) {
    for (std::size_t i = f_.op_capacity(); i-- > first_new;) {
      const OpId id(static_cast<std::uint32_t>(i));
      if (!f_.is_erased(id)) f_.erase(id);
    }
  }

  void replace(OpId root, ValueId old, ValueId v, std::size_t first_new) {
    const bool is_new = f_.def(v) && f_.def(v).index() >= first_new;
    const bool fresh_constant = f_.is_constant(v) && f_.value(v).uses.empty();
    const bool made_here = is_new || fresh_constant;
    take_place(f_, old, v, {.name = made_here, .sizes = made_here ? Sizes::constant : Sizes::none});
    for (std::size_t i = first_new; i < f_.op_capacity(); ++i)
      push(OpId(static_cast<std::uint32_t>(i)));
    push_users(v);
    erase_dead(f_, root, [&](OpId gone) {
      // Their makers may now be used once, which can complete a match: their remaining users again.
      for (const ValueId operand : f_.op(gone).operands) {
        if (!operand || f_.is_constant(operand)) continue;
        if (f_.def(operand)) push(f_.def(operand));
        if (f_.value(operand).uses.size() <= 4) {
          for (const Use& use : f_.value(operand).uses) push(use.op);
        }
      }
    });
  }

  /// Ops above v whose patterns may reach down to it. Where there are many, most wait until nothing
  /// else is left: what everybody uses is then gone through once, not for each rewrite below it.
  void push_users(ValueId v) {
    std::vector<ValueId> level = {v}, next;
    std::size_t budget = 256;
    for (int d = 0; d < depth_ && !level.empty(); ++d) {
      next.clear();
      for (const ValueId x : level) {
        for (const Use& use : f_.value(x).uses) {
          if (!use.op) continue;
          if (budget-- == 0) return late_.push_back(v);
          push(use.op);
          next.insert(next.end(), f_.op(use.op).results.begin(), f_.op(use.op).results.end());
        }
      }
      level.swap(next);
    }
  }

  /// All users of those who had many; false when there are none.
  bool push_late() {
    std::vector<ValueId> level = std::exchange(late_, {}), next;
    std::unordered_set<ValueId> seen(level.begin(), level.end());  // from as far below or farther
    for (int d = 0; d < depth_ && !level.empty(); ++d) {
      next.clear();
      for (const ValueId x : level) {
        for (const Use& use : f_.value(x).uses) {
          if (!use.op) continue;
          push(use.op);
          for (const ValueId r : f_.op(use.op).results) {
            if (seen.insert(r).second) next.push_back(r);
          }
        }
      }
      level.swap(next);
    }
    return !work_.empty();
  }

  void push(OpId id) {
    if (!id || f_.is_erased(id)) return;
    if (queued_.size() <= id.index()) queued_.resize(f_.op_capacity(), false);
    if (queued_[id.index()]) return;
    queued_[id.index()] = true;
    work_.push_back(id);
  }

  Function& f_;
  const ir::Registry& registry_;
  PassContext& context_;
  std::map<OpKind, std::vector<const Rule*>> by_kind_;
  std::deque<OpId> work_;
  std::vector<bool> queued_;
  std::vector<ValueId> late_;  ///< values with many users, some of which are still to be pushed
  std::deque<std::string_view> last_;
  std::size_t rewrites_ = 0;
  int depth_ = 1;
};

}  // namespace

bool rewrite(Function& f, const ir::Registry& registry, const RuleSet& rules,
             PassContext& context) {
  return Driver(f, registry, rules, context).run();
}

bool rewrite(ir::Module& m, const RuleSet& rules, PassContext& context) {
  bool changed = false;
  for (Function& f : m.functions) changed = rewrite(f, *m.registry, rules, context) || changed;
  return changed;
}

Pass rewrite_pass(std::string_view name, std::string_view doc, Numerics numerics,
                  const RuleSet& (*rules)()) {
  return {name, doc, numerics, [rules](ir::Module& m, PassContext& context) -> Result<bool> {
            return rewrite(m, rules(), context);
          }};
}

}  // namespace corecast::passes
