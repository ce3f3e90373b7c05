#include "passes/refresh.h"

#include <algorithm>
#include <cctype>
#include <deque>

#include "ir/parse.h"

namespace corecast::passes {

using ir::Dim;
using ir::Function;
using ir::OpId;
using ir::Type;
using ir::ValueId;

namespace {

/// Symbols that inference invents for sizes that depend on data: "d12", "d12_1".
bool depends_on_data(const Dim& d) {
  const auto symbols = d.symbols();
  return std::any_of(symbols.begin(), symbols.end(), [](const std::string& s) {
    return s.size() > 1 && s[0] == 'd' && std::isdigit(static_cast<unsigned char>(s[1]));
  });
}

}  // namespace

bool refresh_op(Function& f, OpId op) {
  const std::vector<ValueId> results = f.op(op).results;
  std::vector<Type> before;
  for (const ValueId v : results) before.push_back(f.type(v));
  const auto again = f.infer_again(op);
  if (!again || !*again) return false;
  // infer_again also reports a known value that changed.
  bool changed = true, types_differ = false, restored = false;
  for (std::size_t i = 0; i < results.size(); ++i) {
    Type now = f.type(results[i]);
    if (now == before[i]) continue;
    if (ir::compatible(before[i], now)) {
      for (std::size_t k = 0; k < now.shape.size(); ++k) {
        if (before[i].shape[k].is_constant() && depends_on_data(now.shape[k]))
          now.shape[k] = before[i].shape[k];
      }
      restored = restored || !(now == f.type(results[i]));
      f.set_type(results[i], now);
    }
    types_differ = types_differ || !(now == before[i]);
  }
  if (restored && !types_differ) changed = false;
  return changed;
}

void refresh_users(Function& f, ValueId v) {
  std::deque<ValueId> changed = {v};
  while (!changed.empty()) {
    const std::vector<ir::Use> uses = f.value(changed.front()).uses;
    changed.pop_front();
    for (const ir::Use& use : uses) {
      // A block's result types its op.
      const OpId user = use.op ? use.op : f.block(use.block).parent;
      if (!user || !refresh_op(f, user)) continue;
      for (const ValueId r : f.op(user).results) changed.push_back(r);
    }
  }
}

bool refresh_all(Function& f) {
  bool changed = false;
  const auto visit = [&](const auto& self, ir::BlockId b) -> void {
    for (const OpId id : f.ops(b)) {
      for (const ir::BlockId inner : f.op(id).blocks) self(self, inner);
      changed = refresh_op(f, id) || changed;
    }
  };
  visit(visit, f.entry());
  return changed;
}

}  // namespace corecast::passes
