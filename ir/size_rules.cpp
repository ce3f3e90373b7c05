#include "ir/size_rules.h"

#include <algorithm>

#include "ir/function.h"
#include "ir/function_infer.h"
#include "ir/taken_equal.h"

namespace corecast::ir {
namespace {

/// What this thread's inference says, while somebody listens.
thread_local std::vector<SizeRule>* listening = nullptr;

class Listener {
 public:
  explicit Listener(std::vector<SizeRule>& rules) : before_(listening) { listening = &rules; }
  ~Listener() { listening = before_; }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

 private:
  std::vector<SizeRule>* before_;
};

/// The symbols of f's inputs, in the order of the inputs.
std::vector<std::string> input_symbols(const Function& f) {
  std::vector<std::string> names;
  for (const ValueId arg : f.block(f.entry()).args) {
    for (const Dim& d : f.type(arg).shape) {
      for (const std::string& s : d.symbols()) {
        if (f.symbols.contains(s) && std::find(names.begin(), names.end(), s) == names.end())
          names.push_back(s);
      }
    }
  }
  return names;
}

/// s where difference = 0, when that is linear in s with whole numbers.
std::optional<Dim> solved_for(const std::string& s, const Dim& difference) {
  const Dim symbol = Dim::symbol(s);
  const auto factor = (difference.substitute({{s, symbol + Dim(1)}}) - difference).constant();
  if (!factor || *factor == 0) return std::nullopt;
  const Dim rest = difference - Dim(*factor) * symbol;
  const auto left = rest.symbols();
  if (std::find(left.begin(), left.end(), s) != left.end()) return std::nullopt;
  return exact_div(rest, Dim(-*factor));
}

class Solver {
 public:
  explicit Solver(const Function& f) : f_(f), order_(input_symbols(f)) {}

  /// Learns from one rule; false when there is nothing (more) to learn.
  bool learn(const SizeRule& rule) {
    const Dim difference = (rule.a - rule.b).substitute(solution_);
    if (difference.is_constant()) return false;
    const auto symbols = difference.symbols();
    const auto known = [&](const std::string& s) { return f_.symbols.contains(s); };
    if (!std::all_of(symbols.begin(), symbols.end(), known)) return false;
    // The latest symbol goes, so that the names that come first stay.
    for (auto s = order_.rbegin(); s != order_.rend(); ++s) {
      if (std::find(symbols.begin(), symbols.end(), *s) == symbols.end()) continue;
      const auto value = solved_for(*s, difference);
      if (value && allowed(*s, *value)) return set(*s, *value), true;
    }
    return false;
  }
  SizeSolution take() { return std::move(solution_); }

 private:
  bool allowed(const std::string& s, const Dim& value) const {
    const auto number = value.constant();
    if (!number) return true;
    const SymbolRange& range = f_.symbols.find(s)->second;
    return *number >= range.lo && (range.hi < 0 || *number <= range.hi);
  }
  void set(const std::string& s, const Dim& value) {
    for (auto& [name, known] : solution_) known = known.substitute({{s, value}});
    solution_[s] = value;
  }

  const Function& f_;
  std::vector<std::string> order_;
  SizeSolution solution_;
};

}  // namespace

void take_equal(const Dim& a, const Dim& b, bool broadcasts) {
  if (listening) listening->push_back({a, b, broadcasts, true, {}});
}

std::optional<bool> SizeRule::holds(const SymbolValues& values) const {
  const auto x = a.evaluate(values), y = b.evaluate(values);
  if (!x || !y) return std::nullopt;
  return *x == *y || (broadcasts && (*x == 1 || *y == 1));
}

std::vector<bool> needed_ops(const Function& f) {
  std::vector<bool> needed(f.op_capacity(), false);
  std::vector<OpId> todo;
  const auto need = [&](OpId op) {
    if (!op || needed[op.index()]) return;
    needed[op.index()] = true;
    todo.push_back(op);
  };
  for (const ValueId v : f.block(f.entry()).results) need(f.def(v));
  for (const OpId op : f.ops(f.entry())) {
    if (!f.op(op).schema->traits.pure) need(op);
  }
  while (!todo.empty()) {
    const OpData& op = f.op(todo.back());
    todo.pop_back();
    for (const ValueId v : op.operands) {
      if (v) need(f.def(v));
    }
    for (const BlockId b : op.blocks) for_each_op(f, b, need);
    for (const BlockId b : op.blocks) {
      for (const ValueId v : f.block(b).results) need(f.def(v));
    }
  }
  return needed;
}

std::vector<SizeRule> size_rules(const Function& f) {
  std::vector<SizeRule> rules;
  const std::vector<bool> needed = needed_ops(f);
  for_each_op(f, [&](OpId id) {
    const OpData& op = f.op(id);
    if (!op.schema->infer || !needed[id.index()]) return;
    std::vector<SizeRule> own;
    {
      const Listener listener(own);
      FunctionInfer context(f, id);
      if (!op.schema->infer(op, context)) return;
    }
    for (SizeRule& rule : own) {
      if ((rule.a - rule.b).is_constant()) continue;
      rule.op = id;
      rule.certain = !rule.broadcasts && op.block == f.entry();
      rules.push_back(std::move(rule));
    }
  });
  return rules;
}

SizeSolution solve(const std::vector<SizeRule>& rules, const Function& f, bool guess) {
  Solver solver(f);
  const auto pass = [&](bool certain) {
    // A rule may become linear only when another has fixed a symbol.
    for (bool learned = true; learned;) {
      learned = false;
      for (const SizeRule& rule : rules) {
        if (rule.certain == certain && solver.learn(rule)) learned = true;
      }
    }
  };
  pass(true);
  if (guess) {
    pass(false);
    pass(true);
  }
  return solver.take();
}

}  // namespace corecast::ir
